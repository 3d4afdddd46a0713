using System.Text.Json.Nodes;
using Crm.Core;
using Crm.Routines.Runtime;
using Crm.Workflows;

namespace Crm.Routines.Activities.Http;

internal sealed record SendHttpRequestInput
{
    public string Url { get; set; } = "";

    public string? Method { get; set; }

    public JsonNode? Content { get; set; }

    public string? ContentType { get; set; }

    public string? Authorization { get; set; }

    public JsonObject? RequestHeaders { get; set; }

    public IReadOnlyList<int> ExpectedStatusCodes { get; set; } = [];
}

/// <summary>
/// Asks another system. Its form and its outcomes are the engine's own (they are Elsa's, and stand in <see cref="StandardActivities"/>); what it does stands here, because the engine reaches no
/// network. The execution's id goes along as the idempotency key: after a crash the same question may be asked again, and says so.
/// </summary>
internal abstract class HttpRequestActivity(OutsideHttp http) : Activity<SendHttpRequestInput>, IAsksOthers
{
    public static readonly Outcome FailedToConnect = new("Failed to connect");
    public static readonly Outcome Timeout = new("Timeout");
    private static readonly Outcome s_unmatched = new("Unmatched status code");

    // Each expected status code is one.
    public override IReadOnlyList<Outcome> Outcomes => [];

    /// <summary>Whether every status code is an outcome, or only those that are expected.</summary>
    protected abstract bool ByStatus { get; }

    protected override async Task<ActivityResult> RunAsync(SendHttpRequestInput input, ActivityContext context, CancellationToken ct)
    {
        try
        {
            var answer = await http.AskAsync(input, context.ExecutionId, ct);
            if (answer.Status is >= 500 or 408 or 429 && new RemoteFailure(FailureKinds.Server, $"The other side answered {answer.Status}.") is var failed && context.TriesAgain(failed)) throw failed;
            return ActivityResult.Go(OutcomeOf(input, answer.Status), answer.ToJson());
        }
        catch (RemoteFailure e) when (e.Kind is FailureKinds.Network or FailureKinds.Timeout && !context.TriesAgain(e))
        {
            // Who drew no arrow for it gets Elsa's way: the outcome leads nowhere. The journal says why.
            return ActivityResult.Go(e.Kind == FailureKinds.Timeout ? Timeout : FailedToConnect, new JsonObject { ["result"] = new JsonObject { ["error"] = e.Message } });
        }
    }

    private Outcome OutcomeOf(SendHttpRequestInput input, int status)
    {
        if (!ByStatus && input.ExpectedStatusCodes.Count == 0) return Outcome.Done;
        return ByStatus || input.ExpectedStatusCodes.Contains(status) ? new Outcome(status.ToString(System.Globalization.CultureInfo.InvariantCulture)) : s_unmatched;
    }
}

[Activity("Elsa.FlowSendHttpRequest", Title = "Send HTTP request", Category = "HTTP", Icon = "world-share")]
internal sealed class FlowSendHttpRequest(OutsideHttp http) : HttpRequestActivity(http)
{
    protected override bool ByStatus => false;
}

/// <summary>The one with places for other activities inside, as Elsa's sequences use it: the engine runs what stands at the status code.</summary>
[Activity("Elsa.SendHttpRequest", Title = "Send HTTP request", Category = "HTTP", Icon = "world-share")]
internal sealed class SendHttpRequest(OutsideHttp http) : HttpRequestActivity(http)
{
    protected override bool ByStatus => true;
}
