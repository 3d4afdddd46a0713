using Crm.Contacts.Contracts;
using Crm.Core;
using Crm.Data;
using Crm.Platform.Contracts;
using Crm.Routines.Data;
using Crm.Routines.Domain;
using Microsoft.EntityFrameworkCore;

namespace Crm.Routines.Features.FillForm;

/// <summary>Files of filled forms are seen by whoever sees the customer; while a form is being filled, by who uploads.</summary>
internal sealed class FilledFiles(RoutinesDb db, IContactDirectory contacts) : IFileOwner
{
    public const string Key = "routines.filled";

    public string Owner => Key;

    public string Permission => RoutinesPermissions.Fill;

    // A form of another branch is filled too: only the customer decides who sees its files.
    public async Task<bool> MaySeeAsync(Guid ownerId, CancellationToken ct) =>
        await db.FilledForms.IgnoreQueryFilters().Where(f => f.Id == ownerId).Select(f => (Guid?)f.ContactId).FirstOrDefaultAsync(ct) is not { } contact
            || (await contacts.CardsAsync([contact], ct)).ContainsKey(contact);

    public async Task<IReadOnlySet<Guid>?> ExistingAsync(IReadOnlyCollection<Guid> ids, CancellationToken ct)
    {
        var all = ids.ToArray();
        return (await db.FilledForms.IgnoreQueryFilters().Where(f => all.Contains(f.Id)).Select(f => f.Id).ToListAsync(ct)).ToHashSet();
    }
}

/// <summary>«Fill a form» in the header of the customer's page.</summary>
internal sealed class FillAction : IContactAction
{
    public IEnumerable<ContactAction> For(Guid contactId, string kind) => [new(45, "Fill a form", $"/routines/forms/fill?contact={contactId}", "forms", RoutinesPermissions.Fill)];
}

/// <summary>Filled forms in the customer's time line.</summary>
internal sealed class FilledTimeline(RoutinesDb db, IUserDirectory users, ICurrentUser me) : IContactTimeline
{
    public IReadOnlyList<(string Kind, string Title)> Kinds => [("form", "Forms")];

    public async Task<IReadOnlyList<TimelineItem>> LoadAsync(TimelineWish wish, CancellationToken ct)
    {
        if (!wish.Wants("form") || !me.Can(RoutinesPermissions.Fill)) return [];
        var until = wish.Before ?? DateTimeOffset.MaxValue.ToUniversalTime();
        var from = wish.From ?? DateTimeOffset.MinValue;
        var (person, text) = (wish.PersonId, wish.Pattern);
        var rows = await db.FilledForms.AsNoTracking().Where(f => f.ContactId == wish.ContactId && f.FilledAt < until && f.FilledAt >= from && (person == null || f.FilledBy == person)
            && (text == null || EF.Functions.Like(ModuleDb.Fold(f.FormName)!, text) || EF.Functions.Like(ModuleDb.Fold(f.AnswersJson)!, text)))
            .OrderByDescending(f => f.FilledAt).Take(wish.Take).Select(f => new { f.Id, f.FilledAt, f.FormName, f.FilledBy }).ToListAsync(ct);
        var names = await users.CardsAsync([.. rows.Select(r => r.FilledBy).OfType<Guid>().Distinct()], ct);
        return [.. rows.Select(r => new TimelineItem(r.Id, r.FilledAt, "form", "forms", Texts.Get("Form filled: {0}", r.FormName), "", r.FilledBy is { } by ? names.GetValueOrDefault(by)?.Name : null, $"/routines/filled/{r.Id}"))];
    }
}
