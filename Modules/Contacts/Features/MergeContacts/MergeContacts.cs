using Crm.Contacts.Contracts;
using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Contacts.Shared;
using Crm.Core;
using Crm.Data;
using Crm.Platform.Contracts;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Features.MergeContacts;

/// <summary>Makes one contact of two: lists are united, of single values the chosen one stays, and whatever hangs on the other moves.</summary>
[Requires(ContactsPermissions.Merge)]
internal sealed record MergeContactsCommand : ICommand<Guid>
{
    /// <summary>The one that stays.</summary>
    public Guid IntoId { get; init; }

    /// <summary>The one that becomes part of it.</summary>
    public Guid FromId { get; init; }

    /// <summary>By field: <c>this</c> or <c>other</c>. Where nothing is said, the one that stays keeps what it has and gets what it lacks.</summary>
    public Dictionary<string, string?> Choice { get; init; } = [];

    public uint? IntoVersion { get; init; }

    public uint? FromVersion { get; init; }
}

internal sealed class MergeContactsValidator : AbstractValidator<MergeContactsCommand>
{
    public MergeContactsValidator()
    {
        RuleFor(c => c.IntoId).NotEmpty();
        RuleFor(c => c.FromId).NotEmpty();
        RuleFor(c => c.FromId).NotEqual(c => c.IntoId).WithMessage("Choose another contact than this one.");
    }
}

internal sealed class MergeContactsHandler(ContactsDb db, BaseDataCache baseData, IFileStore files, TimeProvider time, DateView dates, ICurrentUser me) : IRequestHandler<MergeContactsCommand, Guid>
{
    public async Task<Guid> Handle(MergeContactsCommand command, CancellationToken cancellationToken)
    {
        var ct = cancellationToken;
        MergedContacts.RefuseClosed(me);
        var into = await db.LoadContactAsync(command.IntoId, ct) ?? throw new NotFound(nameof(Contact), command.IntoId);
        var from = await db.LoadContactAsync(command.FromId, ct) ?? throw new NotFound(nameof(Contact), command.FromId);
        if (into.Kind != from.Kind) throw new RuleBroken("contact.merge-kinds", "A person and a company can't be one contact.");
        db.ExpectVersion(into, command.IntoVersion);
        db.ExpectVersion(from, command.FromVersion);
        MergeSide wasInto = MergeSide.Of(into), wasFrom = MergeSide.Of(from);
        var merge = new ContactMerge(from.Id, into.Id);
        var hung = (await files.OfAsync("contacts.contact", [from.Id], ct))[from.Id].Select(f => f.Id).ToList();

        var communications = await db.Communications.IgnoreQueryFilters().Where(c => c.ContactId == from.Id).ToListAsync(ct);
        foreach (var c in communications)
        {
            c.MoveTo(into);
            db.AsConsequence(c);
        }

        var followUps = await db.FollowUps.IgnoreQueryFilters().Where(f => f.ContactId == from.Id).ToListAsync(ct);
        foreach (var f in followUps)
        {
            f.MoveTo(into);
            db.AsConsequence(f);
        }

        var evaluations = await db.Evaluations.IgnoreQueryFilters().Where(e => e.ContactId == from.Id).ToListAsync(ct);
        foreach (var e in evaluations) e.MoveTo(into);
        var lines = await db.Set<ActivityReportLine>().Where(l => l.ContactId == from.Id).ToListAsync(ct);
        foreach (var line in lines) line.Concern(into.Id);
        var relations = await MoveRelationsAsync(from, into, ct);
        var liaisons = await MergedContacts.RepointLiaisonsAsync(db, from.Id, into.Id, null, ct);
        List<Contact> staff = into.Kind == ContactKind.Company ? await MergedContacts.StaffAsync(db, [into.Id, from.Id], ct) : [];
        var posts = into.Kind == ContactKind.Company ? Staff(staff, from, into) : Posts(from, into);
        db.ChangeTracker.DetectChanges();

        // The other lets its card go before this one takes it.
        from.MergeInto(into);
        var lists = await baseData.GetAsync(ct);
        var united = MergeFields.Unite(wasInto.Fields, wasFrom.Fields, command.Choice, me);
        var main = into.MainPost;
        united = united with { GroupIds = lists.Groups.Present(united.GroupIds), CompanyId = main?.CompanyId, PositionId = main?.PositionId, DepartmentId = main?.DepartmentId };
        var company = into.Kind == ContactKind.Person && main is not null ? await db.Contacts.IgnoreQueryFilters().AsNoTracking().SingleOrDefaultAsync(c => c.Id == main.CompanyId, ct) : null;
        into.Change(united, company?.AsEmployer(), dates.DayOf(time.GetUtcNow()));
        into.SetCustom(MergeFields.UniteCustom(wasInto.Custom, wasFrom.Custom, command.Choice, me));
        if (MergeFields.TakesOther(MergeFields.Photo, wasInto.PhotoId, wasFrom.PhotoId, command.Choice, me)) into.SetPhoto(wasFrom.PhotoId);
        if (into.LiaisonId is null && wasFrom.LiaisonId is { } liaison && staff.Exists(p => p.Id == liaison && p.Positions.Any(x => x.To is null && x.CompanyId == into.Id))) into.SetLiaison(liaison);
        MergedContacts.Rename(db, staff, [into]);
        db.Touch(into);

        MergedContacts.Hide(db, from, time.GetUtcNow(), me.Id);
        merge.Kept = new MergeKept(
            wasInto, wasFrom, MergeSide.Of(into), [.. communications.Select(c => c.Id)], [.. followUps.Select(f => f.Id)], posts, relations, [.. lines.Select(l => l.Id)], liaisons, hung, [.. evaluations.Select(e => e.Id)]).Write();
        merge.Tell(new ContactsMerged(merge.Id, from.Id, into.Id));
        db.Add(merge);
        return merge.Id;
    }

    // A post at a company where the other holds one now stays behind: one person holds one post there.
    private static List<Guid> Posts(Contact from, Contact into)
    {
        List<Guid> moved = [];
        foreach (var post in from.Positions.ToList())
        {
            if (post.To is null && into.Positions.Any(p => p.To is null && p.CompanyId == post.CompanyId)) continue;
            post.Between(into.Id, post.CompanyId);
            moved.Add(post.Id);
        }

        return moved;
    }

    private static List<Guid> Staff(List<Contact> staff, Contact from, Contact into)
    {
        List<Guid> moved = [];
        foreach (var person in staff)
        {
            foreach (var post in person.Positions.Where(p => p.CompanyId == from.Id))
            {
                if (post.To is null && person.Positions.Any(p => p.To is null && p.CompanyId == into.Id)) continue;
                post.Between(person.Id, into.Id);
                moved.Add(post.Id);
            }
        }

        return moved;
    }

    // What the other has to this one already, or would have to itself, stays behind.
    private async Task<List<MovedRelation>> MoveRelationsAsync(Contact from, Contact into, CancellationToken ct)
    {
        var lists = await baseData.GetAsync(ct);
        var all = await db.Relations.Where(r => r.ContactId == from.Id || r.OtherId == from.Id || r.ContactId == into.Id || r.OtherId == into.Id).ToListAsync(ct);
        var there = all.Select(r => (r.ContactId, r.OtherId, r.KindId)).ToHashSet();
        List<MovedRelation> moved = [];
        foreach (var r in all.Where(r => r.ContactId == from.Id || r.OtherId == from.Id))
        {
            var (one, other) = (r.ContactId == from.Id ? into.Id : r.ContactId, r.OtherId == from.Id ? into.Id : r.OtherId);
            // Kinds that are the same both ways stand with the lower id first.
            if (RelationOrder.IsMutual(lists, r.KindId) && one.CompareTo(other) > 0) (one, other) = (other, one);
            if (one == other || !there.Add((one, other, r.KindId))) continue;
            moved.Add(new(r.Id, r.ContactId, r.OtherId));
            r.Between(one, other);
        }

        return moved;
    }
}
