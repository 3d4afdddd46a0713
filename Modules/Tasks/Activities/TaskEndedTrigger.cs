using System.Text.Json.Nodes;
using Crm.Core;

namespace Crm.Tasks.Activities;

internal sealed record TaskEndedInput
{
    [Input("How it ended", UiHint = "dropdown", Options = "task-outcomes", Description = "Empty for done and cancelled.")]
    public string? Outcome { get; set; }

    [Input("Title contains", Description = "Empty for every task.")]
    public string? Title { get; set; }
}

/// <summary>A task about a customer was done or cancelled.</summary>
internal sealed class TaskEndedTrigger : ITriggerDeclaration
{
    public const string TypeName = "Crm.TaskEnded";

    public string Type => TypeName;

    public string Title => "Task done";

    public string Description => "A task about a customer was done or cancelled.";

    public Type? InputType => typeof(TaskEndedInput);

    public bool Matches(JsonObject inputs, JsonObject payload) =>
        (Value(inputs, "outcome") is not { } outcome || outcome == payload["outcome"]?.ToString())
        && (Value(inputs, "title") is not { } part || PersianText.Fold(payload["title"]?.ToString() ?? "").Contains(PersianText.Fold(part), StringComparison.Ordinal));

    private static string? Value(JsonObject inputs, string name) => inputs.Named(name)?.ToString() is { Length: > 0 } text ? text : null;
}

internal sealed class TaskOutcomeOptions : IOptionSource
{
    public string Key => "task-outcomes";

    public Task<IReadOnlyList<(string Value, string Text)>> LoadAsync(CancellationToken ct) => Task.FromResult<IReadOnlyList<(string, string)>>([("Done", Texts.Get("Done")), ("Cancelled", Texts.Get("Cancelled"))]);
}
