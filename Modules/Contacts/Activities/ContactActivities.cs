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
    public string? ContactType { get; set; }
}

[Activity("Crm.ChangeType", Title = "Change type", Description = "Gives the customer another type.", Category = "Contacts", Icon = "category", Order = 30)]
internal sealed class ChangeType(IMediator mediator) : Activity<ChangeTypeInput>
{
    public override IReadOnlyList<Outcome> Outcomes { get; } = [Outcome.Done];

    protected override async Task<ActivityResult> RunAsync(ChangeTypeInput input, ActivityContext context, CancellationToken ct)
    {
        await mediator.Send(new ChangeContactStatusCommand(context.Customer(), ContactMark.Type, ActivityInputs.Id(input.ContactType, nameof(input.ContactType))), ct);
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

internal sealed record ChangeGroupInput
{
    [Input("Group", UiHint = "dropdown", Options = "contact-groups", Required = true)]
    public string? Group { get; set; }
}

[Activity("Crm.AddToGroup", Title = "Add to group", Description = "Puts the customer into a group.", Category = "Contacts", Icon = "users-plus", Order = 42)]
internal sealed class AddToGroup(IMediator mediator) : Activity<ChangeGroupInput>
{
    public override IReadOnlyList<Outcome> Outcomes { get; } = [Outcome.Done];

    protected override async Task<ActivityResult> RunAsync(ChangeGroupInput input, ActivityContext context, CancellationToken ct)
    {
        await mediator.Send(new ChangeContactGroupCommand(context.Customer(), ActivityInputs.Id(input.Group, nameof(input.Group)), false), ct);
        return ActivityResult.Go(Outcome.Done);
    }
}

[Activity("Crm.TakeFromGroup", Title = "Take from group", Description = "Takes the customer out of a group.", Category = "Contacts", Icon = "users-minus", Order = 44)]
internal sealed class TakeFromGroup(IMediator mediator) : Activity<ChangeGroupInput>
{
    public override IReadOnlyList<Outcome> Outcomes { get; } = [Outcome.Done];

    protected override async Task<ActivityResult> RunAsync(ChangeGroupInput input, ActivityContext context, CancellationToken ct)
    {
        await mediator.Send(new ChangeContactGroupCommand(context.Customer(), ActivityInputs.Id(input.Group, nameof(input.Group)), true), ct);
        return ActivityResult.Go(Outcome.Done);
    }
}

/// <summary>How the one in charge is found.</summary>
internal enum ExpertRule
{
    /// <summary>A certain person, or whoever started the job.</summary>
    Person,

    /// <summary>The one of a role who has the fewest customers that are not closed.</summary>
    LeastLoad,

    /// <summary>The one of a role who has had no new customer for the longest time.</summary>
    InTurn,

    /// <summary>Who is in charge of the customer's province.</summary>
    Province,
}

internal sealed record AssignExpertInput
{
    [Input("How he is found", Default = "Person", Description = "A certain person; of a role the one with the fewest customers, or each in turn; or by the customer’s province.")]
    public ExpertRule Rule { get; set; }

    [Input("Expert", Description = "With “Person”. Empty for whoever started the job.", UiHint = "dropdown", Options = "routines.users")]
    public string? User { get; set; }

    [Input("Role", Description = "With “Least load”, “In turn” and “Province”: who comes into question.", UiHint = "dropdown", Options = "routines.roles")]
    public string? Role { get; set; }

    [Input("Only where there is none", Description = "Leaves a customer alone who has an expert already.", UiHint = "checkbox")]
    public bool OnlyIfNone { get; set; }
}

[Activity("Crm.AssignExpert", Title = "Assign expert", Description = "Puts a member of staff in charge of the customer.", Category = "Contacts", Icon = "user-star", Order = 50)]
internal sealed class AssignExpert(IMediator mediator, ExpertChoice choice, IContactDirectory contacts) : Activity<AssignExpertInput>
{
    /// <summary>Nobody was named and no person started the job, or nobody of the role is there.</summary>
    public static readonly Outcome Nobody = new("Nobody");

    public override IReadOnlyList<Outcome> Outcomes { get; } = [Outcome.Done, Nobody];

    protected override async Task<ActivityResult> RunAsync(AssignExpertInput input, ActivityContext context, CancellationToken ct)
    {
        var customer = context.Customer();
        if (input.OnlyIfNone && (await contacts.CardsAsync([customer], ct)).GetValueOrDefault(customer)?.OwnerId is { } present) return ActivityResult.Go(Outcome.Done, new JsonObject { ["ownerId"] = present });
        var found = input.Rule == ExpertRule.Person
            ? ActivityInputs.IdOrNull(input.User, nameof(input.User)) ?? context.StartedBy
            : await choice.OfAsync(input.Rule, ActivityInputs.Id(input.Role, nameof(input.Role)), customer, ct);
        if (found is not { } user) return ActivityResult.Go(Nobody);
        await mediator.Send(new AssignExpertCommand(customer, user), ct);
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

    [Input("Person in charge", Description = "Empty for the customer's expert, or whoever started the job.", UiHint = "dropdown", Options = "routines.users")]
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
