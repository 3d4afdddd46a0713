using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Core;

/// <summary>
/// A box that a process owner puts into a routine. One class in the module whose business it is, found by the scan; tool box, form and outcomes in the
/// designer come from this declaration. It adapts inputs to one command and answers with a declared outcome.
/// </summary>
/// <param name="type">Stable type name in definitions, for example <c>Crm.OpenTask</c>. Never renamed.</param>
/// <param name="version">Version of the declaration.</param>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class ActivityAttribute(string type, int version = 1) : Attribute
{
    /// <summary>Type name in definitions.</summary>
    public string Type { get; } = type;

    /// <summary>Version of the declaration.</summary>
    public int Version { get; } = version;

    /// <summary>English title (translation key).</summary>
    public string Title { get; init; } = "";

    /// <summary>English sentence that explains it (translation key).</summary>
    public string Description { get; init; } = "";

    /// <summary>Group in the tool box (translation key).</summary>
    public string Category { get; init; } = "CRM";

    /// <summary>Tabler icon without <c>ti-</c>.</summary>
    public string Icon { get; init; } = "bolt";

    /// <summary>Order within its group.</summary>
    public int Order { get; init; }
}

/// <summary>How an input of an activity is asked for in the designer.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class InputAttribute(string title) : Attribute
{
    /// <summary>Label (translation key).</summary>
    public string Title { get; } = title;

    /// <summary>Help (translation key).</summary>
    public string Description { get; init; } = "";

    /// <summary>Elsa's ui hint: singleline, multiline, checkbox, dropdown, checklist, multitext, dynamic-outcomes, json-editor …; empty to take it from the property's type.</summary>
    public string UiHint { get; init; } = "";

    /// <summary>Key of an <see cref="IOptionSource"/> that fills a dropdown or check list.</summary>
    public string Options { get; init; } = "";

    /// <summary>Group of inputs (translation key).</summary>
    public string Category { get; init; } = "";

    /// <summary>Must be filled before publishing.</summary>
    public bool Required { get; init; }

    /// <summary>Default value as the designer shows it.</summary>
    public string Default { get; init; } = "";

    /// <summary>Order of the inputs; declaration order when equal.</summary>
    public int Order { get; init; }
}

/// <summary>One way out of an activity: the arrow's port in the designer.</summary>
/// <param name="Name">Stable name in definitions; also the English title (translation key).</param>
public sealed record Outcome(string Name)
{
    /// <summary>The usual way out.</summary>
    public static readonly Outcome Done = new("Done");
}

/// <summary>What an activity answers: an outcome, or that it waits.</summary>
public sealed record ActivityResult
{
    /// <summary>The way out; null while it waits.</summary>
    public Outcome? Outcome { get; init; }

    /// <summary>Values that later steps can read.</summary>
    public JsonObject? Output { get; init; }

    /// <summary>While waiting: when to go on by itself, if ever (UTC).</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>While waiting: what for, shown on the rail (translation key; the argument fills {0}).</summary>
    public string? WaitsFor { get; init; }

    /// <summary>Argument of <see cref="WaitsFor"/>.</summary>
    public string? WaitsForArgument { get; init; }

    /// <summary>Goes on at once.</summary>
    public static ActivityResult Go(Outcome outcome, JsonObject? output = null) => new() { Outcome = outcome, Output = output };

    /// <summary>Waits until an <see cref="ActivityFinished"/> event with the execution's id is told, or until the given moment (outcome <c>Timeout</c> when declared, else the first).</summary>
    public static ActivityResult Wait(string waitsFor, string? argument = null, DateTimeOffset? until = null) => new() { WaitsFor = waitsFor, WaitsForArgument = argument, Until = until };
}

/// <summary>What an activity knows of the job it runs in.</summary>
public sealed record ActivityContext
{
    /// <summary>Id of this execution; goes into the inbox and into whatever is sent outside, so a repeat is recognised.</summary>
    public required Guid ExecutionId { get; init; }

    /// <summary>The job.</summary>
    public required Guid JobId { get; init; }

    /// <summary>Number of the job, as people say it.</summary>
    public required long JobNumber { get; init; }

    /// <summary>Title of the job (routine and customer).</summary>
    public required string JobTitle { get; init; }

    /// <summary>The customer; null for a routine without one.</summary>
    public Guid? ContactId { get; init; }

    /// <summary>Branch of the job.</summary>
    public required Guid BranchId { get; init; }

    /// <summary>Who started the job, if a person did.</summary>
    public Guid? StartedBy { get; init; }

    /// <summary>Agents of the job.</summary>
    public required IReadOnlyList<Guid> Agents { get; init; }

    /// <summary>The job's data: customer, variables, answers; what templates and expressions see.</summary>
    public required JsonObject Data { get; init; }

    /// <summary>The moment of the step (UTC).</summary>
    public required DateTimeOffset Now { get; init; }

    /// <summary>1 the first time, one more for each try after a failure.</summary>
    public int Attempt { get; init; } = 1;

    /// <summary>Whether another try follows when this one fails so.</summary>
    public Func<Exception, bool> TriesAgain { get; init; } = _ => false;
}

/// <summary>
/// An activity that asks another system and changes nothing of ours: it runs before and outside of any transaction, by workers of its own, so that a slow answer holds up nobody.
/// A host that dies meanwhile makes the next one ask again, with the same execution id.
/// </summary>
public interface IAsksOthers;

/// <summary>Found by the scan; implement <see cref="Activity{TInput}"/>.</summary>
[Contribution]
public interface IActivity
{
    /// <summary>Shape of the inputs: a record with settable properties marked <see cref="InputAttribute"/>.</summary>
    Type InputType { get; }

    /// <summary>Declared ways out; the designer shows exactly these, and nothing else may be answered. Empty when an input with the hint dynamic-outcomes names them.</summary>
    IReadOnlyList<Outcome> Outcomes { get; }

    /// <summary>Runs one step, inside a transaction of the activity's module that is saved with the inbox row: at most one command.</summary>
    Task<ActivityResult> RunAsync(object input, ActivityContext context, CancellationToken ct);

    /// <summary>The job no longer waits for this execution (ended, or another branch was quicker): take back what was opened. May be called for something finished.</summary>
    Task CancelAsync(ActivityContext context, CancellationToken ct);
}

/// <summary>Base of activities. Throwing <see cref="RuleBroken"/> or <see cref="InvalidInput"/> makes an incident with the reason; other exceptions are retried first.</summary>
public abstract class Activity<TInput> : IActivity where TInput : class, new()
{
    /// <inheritdoc/>
    public Type InputType => typeof(TInput);

    /// <inheritdoc/>
    public abstract IReadOnlyList<Outcome> Outcomes { get; }

    /// <summary>Runs one step.</summary>
    protected abstract Task<ActivityResult> RunAsync(TInput input, ActivityContext context, CancellationToken ct);

    /// <inheritdoc/>
    public virtual Task CancelAsync(ActivityContext context, CancellationToken ct) => Task.CompletedTask;

    Task<ActivityResult> IActivity.RunAsync(object input, ActivityContext context, CancellationToken ct) => RunAsync((TInput)input, context, ct);
}

/// <summary>A waiting activity came to its end: told by the module that did the work, heard by Routines.</summary>
/// <param name="ExecutionId">The execution that waits.</param>
/// <param name="Outcome">Name of a declared outcome.</param>
/// <param name="Output">Values for later steps, as a JSON object.</param>
/// <param name="ByUserId">Who did it.</param>
[EventName("core.activity-finished")]
public sealed record ActivityFinished(Guid ExecutionId, string Outcome, string? Output, Guid? ByUserId) : IntegrationEvent;

/// <summary>Something happened that may start routines: told by any module, heard by Routines.</summary>
/// <param name="Trigger">Type of a declared <see cref="ITriggerDeclaration"/>.</param>
/// <param name="ContactId">The customer it concerns.</param>
/// <param name="Payload">What happened, as a JSON object: input of the started job.</param>
[EventName("core.trigger-fired")]
public sealed record TriggerFired(string Trigger, Guid? ContactId, string Payload) : IntegrationEvent;

/// <summary>A trigger that process owners can choose to start a routine.</summary>
[Contribution(ServiceLifetime.Singleton)]
public interface ITriggerDeclaration
{
    /// <summary>Stable type name, for example <c>Crm.ContactCreated</c>.</summary>
    string Type { get; }

    /// <summary>English title (translation key).</summary>
    string Title { get; }

    /// <summary>English sentence (translation key).</summary>
    string Description { get; }

    /// <summary>Inputs that narrow it: a record with <see cref="InputAttribute"/> properties; null for none.</summary>
    Type? InputType { get; }

    /// <summary>Whether this happening is meant by these inputs.</summary>
    bool Matches(JsonObject inputs, JsonObject payload);
}

/// <summary>Inputs of triggers and boxes by name, however the first letter is written: drawings begin it small, bindings and Studio's files in capitals.</summary>
public static class InputsByName
{
    /// <summary>The value of an input; null where there is none.</summary>
    public static JsonNode? Named(this JsonObject inputs, string name)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        return inputs.FirstOrDefault(i => string.Equals(i.Key, name, StringComparison.OrdinalIgnoreCase)).Value;
    }
}

/// <summary>
/// A trigger of the calendar: on which days it looks stands in its inputs, and whom it means that day is asked of it. Routines looks once for each day, at the hour that the inputs name, catches up
/// days that were slept through, and starts one job for each customer and day.
/// </summary>
public interface IDayTrigger : ITriggerDeclaration
{
    /// <summary>Hour of the day, in the company's zone, at which it looks.</summary>
    int HourOf(JsonObject inputs);

    /// <summary>Whom a day means: customers behind <paramref name="after"/> in the order of their ids, at most <paramref name="take"/>, each with what the job is told. In a scope that acts as the system.</summary>
    Task<IReadOnlyList<(Guid ContactId, JsonObject Payload)>> OnAsync(JsonObject inputs, DateOnly day, Guid? after, int take, IServiceProvider services, CancellationToken ct);
}

/// <summary>Choices for a dropdown of the designer: users, roles, templates, base data …</summary>
[Contribution]
public interface IOptionSource
{
    /// <summary>Key that <see cref="InputAttribute.Options"/> names.</summary>
    string Key { get; }

    /// <summary>
    /// The choices come of the drawing itself: the designer asks for them again whenever a box is opened or changed. It draws the fields of the box anew then, and what is typed meanwhile is lost: so
    /// only where nothing else will do.
    /// </summary>
    bool ChangesWhileDrawing => false;

    /// <summary>Value and text in the user's language, in the order to show.</summary>
    Task<IReadOnlyList<(string Value, string Text)>> LoadAsync(CancellationToken ct);
}
