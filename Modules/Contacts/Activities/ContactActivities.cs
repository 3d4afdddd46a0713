using System.Text.Json.Nodes;
using Crm.Contacts.Contracts;
using Crm.Contacts.Domain;
using Crm.Contacts.Features.ChangeContact;
using Crm.Contacts.Features.FollowUps;
using Crm.Contacts.Features.LogCommunication;
using Crm.Core;
using MediatR;

namespace Crm.Contacts.Activities;

internal static class ActivityInputs
{
    public static Guid Customer(this ActivityContext context) =>
        context.ContactId ?? throw new RuleBroken("activity.no-customer", "This job has no customer.");

    public static Guid Id(string? value, string field) =>
        Guid.TryParse(value, out var id) ? id : throw new InvalidInput(field, "Choose one of the list.");

    public static Guid? IdOrNull(string? value, string field) => string.IsNullOrWhiteSpace(value) ? null : Id(value, field);
}

internal sealed record ChangeStatusInput
{
    [Input("Status", UiHint = "dropdown", Options = BaseLists.Status, Required = true)]
    public string? Status { get; set; }
}

[Activity("Crm.ChangeStatus", Title = "Change status", Description = "Gives the customer another status.", Category = "Contacts", Icon = "flag", Order = 10)]
internal sealed class ChangeStatus(IMediator mediator) : Activity<ChangeStatusInput>
{
    public override IReadOnlyList<Outcome> Outcomes { get; } = [Outcome.Done];

    protected override async Task<ActivityResult> RunAsync(ChangeStatusInput input, ActivityContext context, CancellationToken ct)
    {
        await mediator.Send(new ChangeContactStatusCommand(context.Customer(), ContactMark.Status, ActivityInputs.Id(input.Status, nameof(input.Status))), ct);
        return ActivityResult.Go(Outcome.Done);
    }
}

internal sealed record ChangeRankInput
{
    [Input("Rank", UiHint = "dropdown", Options = BaseLists.Rank, Required = true)]
    public string? Rank { get; set; }
}

[Activity("Crm.ChangeRank", Title = "Change rank", Description = "Gives the customer another rank.", Category = "Contacts", Icon = "star", Order = 20)]
internal sealed class ChangeRank(IMediator mediator) : Activity<ChangeRankInput>
{
    public override IReadOnlyList<Outcome> Outcomes { get; } = [Outcome.Done];

    protected override async Task<ActivityResult> RunAsync(ChangeRankInput input, ActivityContext context, CancellationToken ct)
    {
        await mediator.Send(new ChangeContactStatusCommand(context.Customer(), ContactMark.Rank, ActivityInputs.Id(input.Rank, nameof(input.Rank))), ct);
        return ActivityResult.Go(Outcome.Done);
    }
}

internal sealed record ChangeTypeInput
{
    [Input("Type", UiHint = "dropdown", Options = BaseLists.Type, Required = true)]
    public string? Type { get; set; }
}

[Activity("Crm.ChangeType", Title = "Change type", Description = "Gives the customer another type.", Category = "Contacts", Icon = "category", Order = 30)]
internal sealed class ChangeType(IMediator mediator) : Activity<ChangeTypeInput>
{
    public override IReadOnlyList<Outcome> Outcomes { get; } = [Outcome.Done];

    protected override async Task<ActivityResult> RunAsync(ChangeTypeInput input, ActivityContext context, CancellationToken ct)
    {
        await mediator.Send(new ChangeContactStatusCommand(context.Customer(), ContactMark.Type, ActivityInputs.Id(input.Type, nameof(input.Type))), ct);
        return ActivityResult.Go(Outcome.Done);
    }
}

internal sealed record ChangeRoleInput
{
    [Input("Role", UiHint = "dropdown", Options = BaseLists.Role, Required = true)]
    public string? Role { get; set; }

    [Input("Take the role away", Description = "Instead of giving it.", UiHint = "checkbox")]
    public bool Remove { get; set; }
}

[Activity("Crm.ChangeRole", Title = "Change role", Description = "Gives the customer a role or takes it away.", Category = "Contacts", Icon = "user-check", Order = 40)]
internal sealed class ChangeRole(IMediator mediator) : Activity<ChangeRoleInput>
{
    public override IReadOnlyList<Outcome> Outcomes { get; } = [Outcome.Done];

    protected override async Task<ActivityResult> RunAsync(ChangeRoleInput input, ActivityContext context, CancellationToken ct)
    {
        await mediator.Send(new ChangeContactStatusCommand(context.Customer(), input.Remove ? ContactMark.RoleRemoved : ContactMark.Role, ActivityInputs.Id(input.Role, nameof(input.Role))), ct);
        return ActivityResult.Go(Outcome.Done);
    }
}

internal sealed record AssignExpertInput
{
    [Input("Expert", Description = "Empty for whoever started the job.", UiHint = "dropdown", Options = "users")]
    public string? User { get; set; }
}

[Activity("Crm.AssignExpert", Title = "Assign expert", Description = "Puts a member of staff in charge of the customer.", Category = "Contacts", Icon = "user-star", Order = 50)]
internal sealed class AssignExpert(IMediator mediator) : Activity<AssignExpertInput>
{
    /// <summary>Nobody was named and no person started the job.</summary>
    public static readonly Outcome Nobody = new("Nobody");

    public override IReadOnlyList<Outcome> Outcomes { get; } = [Outcome.Done, Nobody];

    protected override async Task<ActivityResult> RunAsync(AssignExpertInput input, ActivityContext context, CancellationToken ct)
    {
        if ((ActivityInputs.IdOrNull(input.User, nameof(input.User)) ?? context.StartedBy) is not { } user) return ActivityResult.Go(Nobody);
        await mediator.Send(new AssignExpertCommand(context.Customer(), user), ct);
        return ActivityResult.Go(Outcome.Done, new JsonObject { ["ownerId"] = user });
    }
}

internal sealed record LogCommunicationInput
{
    [Input("Kind", UiHint = "dropdown", Options = BaseLists.CommunicationKind, Required = true)]
    public string? Kind { get; set; }

    [Input("Text", UiHint = "multiline", Required = true)]
    public string? Text { get; set; }

    [Input("Result", UiHint = "dropdown", Options = BaseLists.CommunicationResult)]
    public string? Result { get; set; }
}

[Activity("Crm.LogCommunication", Title = "Log communication", Description = "Writes a communication into the customer's file.", Category = "Contacts", Icon = "message", Order = 60)]
internal sealed class LogCommunicationActivity(IMediator mediator) : Activity<LogCommunicationInput>
{
    public override IReadOnlyList<Outcome> Outcomes { get; } = [Outcome.Done];

    protected override async Task<ActivityResult> RunAsync(LogCommunicationInput input, ActivityContext context, CancellationToken ct)
    {
        var id = await mediator.Send(
            new LogCommunicationCommand
            {
                ContactId = context.Customer(), KindId = ActivityInputs.Id(input.Kind, nameof(input.Kind)), StartedAt = context.Now, Text = PersianText.Clean(input.Text, multiline: true),
                ResultId = ActivityInputs.IdOrNull(input.Result, nameof(input.Result)), JobId = context.JobId,
            },
            ct);
        return ActivityResult.Go(Outcome.Done, new JsonObject { ["communicationId"] = id });
    }
}

internal sealed record PlanFollowUpInput
{
    [Input("Kind", UiHint = "dropdown", Options = BaseLists.CommunicationKind, Required = true)]
    public string? Kind { get; set; }

    [Input("Text", UiHint = "multiline")]
    public string? Text { get; set; }

    [Input("After how many hours", Required = true, Default = "24")]
    public double Hours { get; set; } = 24;

    [Input("Person in charge", Description = "Empty for the customer's expert, or whoever started the job.", UiHint = "dropdown", Options = "users")]
    public string? Assignee { get; set; }

    [Input("Remind how many minutes before", Default = "15")]
    public int? RemindMinutes { get; set; } = 15;
}

[Activity("Crm.PlanFollowUp", Title = "Plan follow-up", Description = "Plans a call, visit or message for a member of staff.", Category = "Contacts", Icon = "calendar-event", Order = 70)]
internal sealed class PlanFollowUpActivity(IMediator mediator, IContactDirectory contacts) : Activity<PlanFollowUpInput>
{
    /// <summary>Nobody was named, the customer has no expert and no person started the job.</summary>
    public static readonly Outcome Nobody = new("Nobody");

    public override IReadOnlyList<Outcome> Outcomes { get; } = [Outcome.Done, Nobody];

    protected override async Task<ActivityResult> RunAsync(PlanFollowUpInput input, ActivityContext context, CancellationToken ct)
    {
        var customer = context.Customer();
        var assignee = ActivityInputs.IdOrNull(input.Assignee, nameof(input.Assignee))
            ?? (await contacts.CardsAsync([customer], ct)).GetValueOrDefault(customer)?.OwnerId
            ?? context.StartedBy;
        if (assignee is null) return ActivityResult.Go(Nobody);
        var id = await mediator.Send(
            new PlanFollowUpCommand
            {
                ContactId = customer, KindId = ActivityInputs.Id(input.Kind, nameof(input.Kind)), Text = PersianText.Clean(input.Text, multiline: true), AssigneeId = assignee,
                DueAt = context.Now.AddHours(Math.Clamp(input.Hours, 0, 24 * 3650)), RemindMinutes = input.RemindMinutes, JobId = context.JobId,
            },
            ct);
        return ActivityResult.Go(Outcome.Done, new JsonObject { ["followUpId"] = id });
    }
}
