using Crm.Contacts.Contracts;
using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Core;
using Crm.Data;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Features.MergeContacts;

/// <summary>Makes two of one again: each gets what was its own. What was changed at the survivor since stays there.</summary>
/// <returns>Fields that keep a newer value.</returns>
[Requires(ContactsPermissions.Merge)]
internal sealed record UnmergeContactsCommand(Guid MergeId) : ICommand<IReadOnlyList<string>>;

internal sealed class UnmergeContactsValidator : AbstractValidator<UnmergeContactsCommand>
{
    public UnmergeContactsValidator() => RuleFor(c => c.MergeId).NotEmpty();
}

internal sealed class UnmergeContactsHandler(ContactsDb db, BaseDataCache baseData, TimeProvider time, DateView dates, ICurrentUser me) : IRequestHandler<UnmergeContactsCommand, IReadOnlyList<string>>
{
    public async Task<IReadOnlyList<string>> Handle(UnmergeContactsCommand command, CancellationToken cancellationToken)
    {
        var ct = cancellationToken;
        MergedContacts.RefuseClosed(me);
        var merge = await db.Merges.SingleOrDefaultAsync(m => m.Id == command.MergeId && m.UndoneAt == null, ct) ?? throw new NotFound(nameof(ContactMerge), command.MergeId);
        var into = await db.LoadContactAsync(merge.IntoId, ct);
        if (into is null && await MergedContacts.SurvivorAsync(db, merge.IntoId, ct) is not null) throw new RuleBroken("contact.merged-since", "This contact was merged again since: undo the later merge first.");
        if (into is null) throw new NotFound(nameof(Contact), merge.IntoId);
        // Within the user's reach, though it is in the bin.
        var from = await db.Contacts.IgnoreQueryFilters([Filters.SoftDelete]).WithParts()
            .SingleOrDefaultAsync(c => c.Id == merge.FromId && c.MergedIntoId == merge.IntoId, ct) ?? throw new NotFound(nameof(Contact), merge.FromId);
        var kept = MergeKept.Read(merge.Kept);

        foreach (var c in await db.Communications.IgnoreQueryFilters().Where(c => c.ContactId == into.Id && kept.Communications.Contains(c.Id)).ToListAsync(ct))
        {
            c.MoveTo(from);
            db.AsConsequence(c);
        }

        foreach (var f in await db.FollowUps.IgnoreQueryFilters().Where(f => f.ContactId == into.Id && kept.FollowUps.Contains(f.Id)).ToListAsync(ct))
        {
            f.MoveTo(from);
            db.AsConsequence(f);
        }

        var evaluations = kept.Evaluations ?? [];
        foreach (var e in await db.Evaluations.IgnoreQueryFilters().Where(e => e.ContactId == into.Id && evaluations.Contains(e.Id)).ToListAsync(ct)) e.MoveTo(from);
        foreach (var line in await db.Set<ActivityReportLine>().Where(l => l.ContactId == into.Id && kept.ReportLines.Contains(l.Id)).ToListAsync(ct)) line.Concern(from.Id);
        var relations = kept.Relations.ToDictionary(r => r.Id);
        var ids = relations.Keys.ToArray();
        foreach (var r in await db.Relations.Where(r => ids.Contains(r.Id)).ToListAsync(ct)) r.Between(relations[r.Id].ContactId, relations[r.Id].OtherId);

        List<Contact> staff = into.Kind == ContactKind.Company ? await MergedContacts.StaffAsync(db, [into.Id, from.Id], ct) : [];
        foreach (var post in staff.Append(into).SelectMany(p => p.Positions).Where(p => kept.Posts.Contains(p.Id)).ToList())
        {
            if (into.Kind == ContactKind.Person) post.Between(from.Id, post.CompanyId);
            else if (post.CompanyId == into.Id) post.Between(post.PersonId, from.Id);
        }

        db.ChangeTracker.DetectChanges();
        var back = kept.Liaisons.Where(id => from.Positions.Any(p => p.To is null && p.CompanyId == id)).ToList();
        await MergedContacts.RepointLiaisonsAsync(db, into.Id, from.Id, back, ct);

        List<string> newer = [];
        var lists = await baseData.GetAsync(ct);
        var now = MergeSide.Of(into);
        // The card is free for the one it came from as soon as this one has let it go.
        var part = MergeFields.Part(now.Fields, kept.Into.Fields, kept.After.Fields, newer);
        into.Change(part with { GroupIds = lists.Groups.Present(part.GroupIds) }, (await CompanyAsync(into, ct))?.AsEmployer(), dates.DayOf(time.GetUtcNow()));
        into.SetCustom(MergeFields.PartCustom(now.Custom, kept.Into.Custom, kept.After.Custom, newer));
        if (kept.After.PhotoId != kept.Into.PhotoId)
        {
            if (into.PhotoId == kept.After.PhotoId) into.SetPhoto(kept.Into.PhotoId);
            else newer.Add(MergeFields.Photo);
        }

        // A liaison works in the company now; one who has left it since is none.
        if (into.LiaisonId is { } mine && !WorksNow(staff, mine, into)) into.SetLiaison(kept.Into.LiaisonId is { } was && WorksNow(staff, was, into) ? was : null);
        var card = part.CardNumber == kept.From.Fields.CardNumber ? null : kept.From.Fields.CardNumber;
        from.ComeBack(card, kept.From.LiaisonId is { } theirs && WorksNow(staff, theirs, from) ? theirs : null);
        if (from.Kind == ContactKind.Person) from.CompanyRenamed((await CompanyAsync(from, ct))?.Name);
        MergedContacts.Show(db, from);
        MergedContacts.Rename(db, staff, [into, from]);
        db.Touch(into);
        merge.Undo(time.GetUtcNow());
        merge.Tell(new ContactsUnmerged(merge.Id, from.Id, into.Id));
        return newer;
    }

    private static bool WorksNow(List<Contact> staff, Guid person, Contact company) => staff.Exists(p => p.Id == person && p.Positions.Any(x => x.To is null && x.CompanyId == company.Id));

    private async Task<Contact?> CompanyAsync(Contact person, CancellationToken ct) => person.Kind == ContactKind.Person && person.MainPost is { } post
        ? await db.Contacts.IgnoreQueryFilters().AsNoTracking().SingleOrDefaultAsync(c => c.Id == post.CompanyId, ct)
        : null;
}
