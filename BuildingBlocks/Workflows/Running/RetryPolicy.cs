using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Crm.Workflows;

/// <summary>What made a step fail, as far as a retry cares.</summary>
[Flags]
public enum FailureKinds
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>The other side was not reached: no connection, no name.</summary>
    Network = 1,

    /// <summary>It did not answer in time.</summary>
    Timeout = 2,

    /// <summary>It was reached and could not: an HTTP status of 500 and up, 408 or 429.</summary>
    Server = 4,

    /// <summary>A rule of ours forbade the step, or an input did not fit.</summary>
    Rule = 8,

    /// <summary>Anything that nobody foresaw.</summary>
    Error = 16,

    /// <summary>What may be better in a moment: everything but rules.</summary>
    Transient = Network | Timeout | Server | Error,

    /// <summary>Everything.</summary>
    All = Transient | Rule,
}

/// <summary>How the wait grows from try to try.</summary>
public enum BackOff
{
    /// <summary>Always the same.</summary>
    Constant,

    /// <summary>Once, twice, three times the first.</summary>
    Linear,

    /// <summary>Doubled each time.</summary>
    Exponential,
}

/// <summary>
/// How often an activity is tried again by itself before its failure becomes an incident. Chosen on the activity under Elsa's own name
/// (<c>customProperties.resilienceStrategy</c>): by the id of a strategy, or written out as an object with the fields that Elsa's HTTP strategy has.
/// </summary>
/// <param name="Retries">Tries after the first one.</param>
/// <param name="Delay">Wait before the second try.</param>
/// <param name="MaxDelay">Longest wait between two tries.</param>
/// <param name="BackOff">How the wait grows.</param>
/// <param name="On">After which failures.</param>
public sealed record RetryPolicy(int Retries, TimeSpan Delay, TimeSpan MaxDelay, BackOff BackOff, FailureKinds On)
{
    /// <summary>A policy that people choose by its name.</summary>
    /// <param name="Id">Stable id, as definitions write it.</param>
    /// <param name="DisplayName">English sentence, the key of its translation.</param>
    /// <param name="Policy">What it does.</param>
    public sealed record Named(string Id, string DisplayName, RetryPolicy Policy);

    /// <summary>The policies to choose from.</summary>
    public static IReadOnlyList<Named> All { get; } =
    [
        new("never", "Never again: an incident at once", new(0, TimeSpan.Zero, TimeSpan.Zero, BackOff.Constant, FailureKinds.None)),
        new("quick", "3 times within a minute", new(3, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(30), BackOff.Exponential, FailureKinds.Transient)),
        new("hour", "6 times within an hour", new(6, TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(30), BackOff.Exponential, FailureKinds.Transient)),
        new("day", "12 times within a day", new(12, TimeSpan.FromMinutes(5), TimeSpan.FromHours(4), BackOff.Exponential, FailureKinds.Transient)),
        new("day-any", "12 times within a day, after a forbidden step too", new(12, TimeSpan.FromMinutes(5), TimeSpan.FromHours(4), BackOff.Exponential, FailureKinds.All)),
    ];

    /// <summary>The wait before the next try.</summary>
    /// <param name="failed">Tries so far, all of them failed.</param>
    public TimeSpan WaitAfter(int failed)
    {
        var times = BackOff switch { BackOff.Linear => failed, BackOff.Exponential => Math.Pow(2, Math.Min(failed, 40) - 1), _ => 1 };
        return TimeSpan.FromSeconds(Math.Min(Delay.TotalSeconds * times, MaxDelay.TotalSeconds));
    }

    /// <summary>Whether another try follows.</summary>
    /// <param name="failed">Tries so far, all of them failed.</param>
    /// <param name="failure">Of which kind the last failure was.</param>
    public bool GoesOnAfter(int failed, FailureKinds failure) => failed <= Retries && (On & failure) != 0;

    /// <summary>Reads what an activity chose; null when it chose nothing, or nothing that can be used (then <paramref name="wrong"/> says what).</summary>
    internal static RetryPolicy? Read(JsonObject config, out string? wrong)
    {
        wrong = null;
        var id = config.Str("strategyId") ?? config.Str("StrategyId");
        var expression = config.Obj("expression") ?? config.Obj("Expression");
        var value = expression?["value"] ?? expression?["Value"];
        var byExpression = expression is not null && (config.Str("mode") ?? config.Str("Mode")) is not "Identifier" && value is not null && value.Str() is not "";
        if (byExpression)
        {
            if (value.Str() is { } text)
            {
                // An expression may say nothing but an id, as Elsa allows it.
                if (All.FirstOrDefault(named => named.Id == text.Trim().Trim('"', '\'')) is { } known) return known.Policy;
                if (!ValueTypes.TryParse(text, out value)) value = null;
            }
            if (value is JsonObject written) return Written(written, ref wrong);
            wrong = "expression";
            return null;
        }
        if (string.IsNullOrEmpty(id)) return null;
        if (All.FirstOrDefault(named => named.Id == id) is { } chosen) return chosen.Policy;
        wrong = id;
        return null;
    }

    private static RetryPolicy? Written(JsonObject written, ref string? wrong)
    {
        JsonNode? Field(string name)
        {
            foreach (var (key, value) in written)
                if (string.Equals(key, name, StringComparison.OrdinalIgnoreCase)) return value;
            return null;
        }
        var retries = 3;
        if (Field("maxRetryAttempts") is { } tries && (!int.TryParse(Bare(tries), NumberStyles.None, CultureInfo.InvariantCulture, out retries) || retries > 100)) wrong = "maxRetryAttempts";
        var delay = Span(Field("delay"), TimeSpan.FromSeconds(2), "delay", ref wrong);
        var longest = Span(Field("maxDelay"), TimeSpan.FromHours(1), "maxDelay", ref wrong);
        var backOff = BackOff.Exponential;
        if (Field("backoffType") is { } growth && !Enum.TryParse(Bare(growth), ignoreCase: true, out backOff)) wrong = "backoffType";
        var on = FailureKinds.Transient;
        if (Field("failures") is JsonArray failures)
        {
            on = FailureKinds.None;
            foreach (var failure in failures)
                if (Enum.TryParse<FailureKinds>(failure.Str(), ignoreCase: true, out var kind)) on |= kind;
                else wrong = "failures";
        }
        return wrong is null ? new RetryPolicy(retries, delay, longest, backOff, on) : null;
    }

    private static string Bare(JsonNode node) => node.Str() ?? node.ToJsonString(Json.Text);

    private static TimeSpan Span(JsonNode? node, TimeSpan missing, string name, ref string? wrong)
    {
        if (node is null) return missing;
        if (node.GetValueKind() == JsonValueKind.Number && ScriptValue.From(node).Num is >= 0 and < 10_000_000 and var seconds) return TimeSpan.FromSeconds(seconds);
        if (node.Str() is { } text && Moments.TryParseSpan(text, out var span) && span >= TimeSpan.Zero && span <= TimeSpan.FromDays(100)) return span;
        wrong = name;
        return missing;
    }
}
