using Crm.Contacts.Data;
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
    }
}

/// <summary>Reminds of the follow-ups whose time has come; marking and notification are one transaction, so each is told once. Answers how many.</summary>
[Requires(ContactsPermissions.PlanFollowUps)]
internal sealed record RemindFollowUpsCommand : ICommand<int>
{
    public const int Batch = 200;
}

internal sealed class RemindFollowUpsHandler(ContactsDb db, INotifier notifier, TimeProvider time) : IRequestHandler<RemindFollowUpsCommand, int>
{
    public async Task<int> Handle(RemindFollowUpsCommand command, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var due = await db.FollowUps.Include(f => f.Contact).Where(f => f.RemindAt != null && f.RemindAt <= now).OrderBy(f => f.RemindAt).Take(RemindFollowUpsCommand.Batch).ToListAsync(cancellationToken);
        foreach (var followUp in due)
        {
            followUp.Reminded();
            notifier.Notify([followUp.AssigneeId], "Follow-up with {0}: {1}", [followUp.Contact!.Name, followUp.Text ?? ""], $"/follow-ups/{followUp.Id}", "alarm");
        }

        return due.Count;
    }
}
