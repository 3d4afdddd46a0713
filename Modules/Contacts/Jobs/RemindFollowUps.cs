using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Core;
using Crm.Platform.Contracts;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Jobs;

/// <summary>Looks twice a minute for reminders that are due.</summary>
internal sealed class RemindFollowUpsJob(IMediator mediator) : IScheduledJob
{
    public string Key => "contacts.remind-follow-ups";

    public string Cron => "0/30 * * * * ?";

    public async Task RunAsync(CancellationToken ct)
    {
        while (await mediator.Send(new RemindFollowUpsCommand(), ct) == RemindFollowUpsCommand.Batch)
        {
        }

        while (await mediator.Send(new TellMissedFollowUpsCommand(), ct) == RemindFollowUpsCommand.Batch)
        {
        }
    }
}

/// <summary>Tells of follow-ups that nobody did within an hour of their time; once for each time. Answers how many.</summary>
[Requires(ContactsPermissions.PlanFollowUps)]
internal sealed record TellMissedFollowUpsCommand : ICommand<int>
{
    public static readonly TimeSpan Grace = TimeSpan.FromHours(1);

    /// <summary>Older ones are history: nobody wants a routine for each of them on the day it is first published.</summary>
    public static readonly TimeSpan Oldest = TimeSpan.FromDays(7);
}

internal sealed class TellMissedFollowUpsHandler(ContactsDb db, TimeProvider time) : IRequestHandler<TellMissedFollowUpsCommand, int>
{
    public async Task<int> Handle(TellMissedFollowUpsCommand command, CancellationToken cancellationToken)
    {
        var until = time.GetUtcNow() - TellMissedFollowUpsCommand.Grace;
        var from = until - TellMissedFollowUpsCommand.Oldest;
        var missed = await db.FollowUps.Where(f => f.State == FollowUpState.Open && f.DueAt <= until && f.DueAt > from && (f.MissedFor == null || f.MissedFor != f.DueAt) && f.Contact!.DeletedAt == null).OrderBy(f => f.DueAt).Take(RemindFollowUpsCommand.Batch).ToListAsync(cancellationToken);
        foreach (var followUp in missed) followUp.Missed();
        return missed.Count;
    }
}

/// <summary>Reminds of the follow-ups whose time has come; marking and notification are one transaction, so each is told once. Answers how many.</summary>
[Requires(ContactsPermissions.PlanFollowUps)]
internal sealed record RemindFollowUpsCommand : ICommand<int>
{
    public const int Batch = 200;
}

internal sealed class RemindFollowUpsHandler(ContactsDb db, INotifier notifier, IUserAccessSource people, TimeProvider time) : IRequestHandler<RemindFollowUpsCommand, int>
{
    public async Task<int> Handle(RemindFollowUpsCommand command, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var due = await db.FollowUps.Include(f => f.Contact).Where(f => f.RemindAt != null && f.RemindAt <= now).OrderBy(f => f.RemindAt).Take(RemindFollowUpsCommand.Batch).ToListAsync(cancellationToken);
        foreach (var followUp in due)
        {
            followUp.Reminded();
            // Told within the rights of who is reminded.
            var text = await people.FindAsync(followUp.AssigneeId, cancellationToken) is { } one && one.Hides(ContactsRights.FollowUps, "text") ? "" : followUp.Text ?? "";
            notifier.Notify([followUp.AssigneeId], "Follow-up with {0}: {1}", [followUp.Contact!.Name, text], $"/follow-ups/{followUp.Id}", "alarm");
        }

        return due.Count;
    }
}
