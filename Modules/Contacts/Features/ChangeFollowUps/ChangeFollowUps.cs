using System.Globalization;
using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Contacts.Records;
using Crm.Core;
using Crm.Platform.Contracts;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Features.ChangeFollowUps;

/// <summary>Sets one field of some follow-ups, or ends them: what a list does in place and in bulk. Answers how many were changed.</summary>
[Requires(ContactsPermissions.PlanFollowUps)]
internal sealed record ChangeFollowUpsCommand(IReadOnlyCollection<Guid> Ids, string Field, IReadOnlyList<string> Values) : ICommand<int>;

internal sealed class ChangeFollowUpsValidator : AbstractValidator<ChangeFollowUpsCommand>
{
    public ChangeFollowUpsValidator()
    {
        RuleFor(c => c.Ids).Must(i => i.Count is > 0 and <= 500).WithMessage("Too many values.");
        RuleFor(c => c.Field).NotEmpty();
        RuleFor(c => c.Values).Must(v => v.Count <= 50).WithMessage("Too many values.");
    }
}

internal sealed class ChangeFollowUpsHandler(ContactsDb db, ListValues values, INotifier notifier, ICurrentUser me, TimeProvider time) : IRequestHandler<ChangeFollowUpsCommand, int>
{
    public async Task<int> Handle(ChangeFollowUpsCommand request, CancellationToken cancellationToken)
    {
        var change = await ReadAsync(request, cancellationToken);
        var all = await db.FollowUps.Include(f => f.Contact).Where(f => request.Ids.Contains(f.Id)).ToListAsync(cancellationToken);
        if (all.Count == 0) throw new NotFound(nameof(FollowUp), request.Ids.First());
        foreach (var one in all) change(one);
        db.ChangeTracker.DetectChanges();
        var changed = all.Where(f => db.Entry(f).State == EntityState.Modified).ToList();
        // Told once for all of them: a hundred lines in the bell would hide everything else.
        if (request.Field == "user" && changed.Count > 0 && changed[0].AssigneeId is var to && to != me.Id)
        {
            if (changed.Count == 1) notifier.Notify([to], "{0} planned a follow-up with {1} for you.", [me.Name, changed[0].Contact!.Name], $"/follow-ups/{changed[0].Id}");
            else notifier.Notify([to], "{0} handed {1} follow-ups on to you.", [me.Name, changed.Count.ToString(CultureInfo.InvariantCulture)], "/follow-ups");
        }

        return changed.Count;
    }

    private async Task<Action<FollowUp>> ReadAsync(ChangeFollowUpsCommand c, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        switch (c.Field)
        {
            case "kind":
                var kind = ListValues.Required(await values.BaseAsync(BaseLists.CommunicationKind, c.Values, ct));
                return x => x.Change(kind, x.DueAt, x.AssigneeId, x.Text, x.RemindMinutes);
            case "dueAt":
                var due = ListValues.Required(values.Moment(c.Values));
                if (due <= now) throw new InvalidInput(ListValues.Field, "A follow-up lies in the future.");
                return x => x.Postpone(due);
            case "user":
                var user = ListValues.Required(await values.UserAsync(c.Values, ct));
                return x => x.Change(x.KindId, x.DueAt, user, x.Text, x.RemindMinutes);
            case "text":
                var text = ListValues.Text(c.Values, 2000, lines: true);
                return x => x.Change(x.KindId, x.DueAt, x.AssigneeId, text, x.RemindMinutes);
            case RecordVerb.Prefix + "done": return x => x.Done(me.Id, now, null);
            case RecordVerb.Prefix + "cancel": return x => x.Cancel(me.Id, now, null);
            case var key when key.StartsWith("custom.", StringComparison.Ordinal):
                var custom = await values.CustomAsync(FollowUpRecords.RecordKey, key, c.Values, ct);
                return x => x.SetCustom(custom(x.Custom));
            default: throw new NotFound("field", c.Field);
        }
    }
}
