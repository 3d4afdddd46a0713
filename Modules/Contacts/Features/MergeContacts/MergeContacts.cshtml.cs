using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Contacts.Records;
using Crm.Core;
using Crm.Platform.Contracts;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Features.MergeContacts;

/// <summary>A field in which the two differ.</summary>
internal sealed record MergeRow(string Name, string Title, string? Mine, string? Other, bool TakesOther);

/// <summary>What is united: shown only, there is nothing to choose.</summary>
internal sealed record MergeLists(string Title, IReadOnlyList<string> Mine, IReadOnlyList<string> Other);

/// <summary>A merge into this contact that can be undone.</summary>
internal sealed record EarlierMerge(Guid Id, string Name, DateTimeOffset At);

/// <summary>Two contacts side by side: which values stay.</summary>
[Requires(ContactsPermissions.Merge)]
internal sealed class MergeContactsPage(ContactsDb db, BaseDataCache baseData, IUserDirectory users, ICustomFields custom, RecordLists records) : PageBase
{
    [BindProperty(SupportsGet = true)]
    public Guid Id { get; set; }

    [BindProperty(SupportsGet = true, Name = "with")]
    public Guid? With { get; set; }

    [BindProperty]
    public MergeContactsCommand Command { get; set; } = new();

    public string Name { get; private set; } = "";

    public Contact? Mine { get; private set; }

    public Contact? Other { get; private set; }

    public IReadOnlyList<MergeRow> Rows { get; private set; } = [];

    public IReadOnlyList<MergeLists> United { get; private set; } = [];

    public IReadOnlyList<EarlierMerge> Earlier { get; private set; } = [];

    public async Task<IActionResult> OnGetAsync()
    {
        // The page shows all that the two have.
        if (MergedContacts.AnyClosed(Me)) throw new Forbidden(ContactsPermissions.Merge);
        await LoadAsync();
        return Page();
    }

    public Task<IActionResult> OnPostAsync()
    {
        Command = Command with { IntoId = Id, FromId = With ?? Command.FromId };
        return Send(Command, then: _ =>
        {
            Toast("The two are one contact now.");
            return Redirect($"/contacts/{Id}");
        });
    }

    public Task<IActionResult> OnPostUndoAsync(Guid merge) => Send(new UnmergeContactsCommand(merge), then: newer =>
    {
        if (newer.Count == 0) Toast("The merge is undone.");
        else Toast("The merge is undone. Changed since, and therefore left as it is: {0}", Texts.List(newer.Select(n => T[FieldTitles.Of(n) ?? "Custom fields"]).Distinct()));
        return Redirect($"/contacts/{Id}");
    });

    protected override async Task LoadAsync()
    {
        var ct = HttpContext.RequestAborted;
        db.ChangeTracker.Clear();
        Mine = await db.LoadContactAsync(Id, ct) ?? throw new NotFound(nameof(Contact), Id);
        Name = Mine.Name;
        var merges = await db.Merges.Where(m => m.IntoId == Id && m.UndoneAt == null).OrderByDescending(m => m.CreatedAt).Take(50).Select(m => new { m.Id, m.FromId, m.CreatedAt }).ToListAsync(ct);
        var gone = merges.Select(m => m.FromId).ToArray();
        // Who lies outside of the user's reach is not named, and not given back by him.
        var names = gone.Length == 0 ? [] : await db.Contacts.IgnoreQueryFilters([Crm.Data.Filters.SoftDelete]).Where(c => gone.Contains(c.Id)).Select(c => new { c.Id, c.Name }).ToDictionaryAsync(c => c.Id, c => c.Name, ct);
        Earlier = [.. merges.Where(m => names.ContainsKey(m.FromId)).Select(m => new EarlierMerge(m.Id, names[m.FromId], m.CreatedAt))];
        if (With is not { } with || with == Id) return;
        Other = await db.LoadContactAsync(with, ct) ?? throw new NotFound(nameof(Contact), with);
        if (Command.IntoVersion is null) Command = Command with { FromId = with, IntoVersion = Mine.Version, FromVersion = Other.Version };
        await CompareAsync(Mine, Other, ct);
    }

    private async Task CompareAsync(Contact mine, Contact other, CancellationToken ct)
    {
        var lists = await baseData.GetAsync(ct);
        var people = await users.CardsAsync([.. new[] { mine.OwnerId, other.OwnerId }.OfType<Guid>().Distinct()], ct);
        MergeSide a = MergeSide.Of(mine), b = MergeSide.Of(other);
        List<MergeRow> rows = [];
        foreach (var (name, property) in MergeFields.Single.Where(f => MergeFields.MayChoose(f.Name, Me)))
            Add(name, T[FieldTitles.Of(name)!], property.GetValue(a.Fields), property.GetValue(b.Fields), v => Text(name, v, lists, people));
        if (!Me.Hides(ContactsRights.Contacts, MergeFields.Photo)) Add(MergeFields.Photo, T["Photo"], a.PhotoId, b.PhotoId, v => v is null ? null : T["Photo"]);
        var fields = await custom.OfAsync(ContactRecords.RecordKey, ct);
        var (ca, cb) = (CustomValues.SeenBy(fields, a.Custom, Me), CustomValues.SeenBy(fields, b.Custom, Me));
        foreach (var f in fields.Where(f => f.IsSeenBy(Me)))
        {
            var linked = f.Kind == FieldType.Record ? await records.LinkedAsync(f, [.. new[] { ca[f.Key], cb[f.Key] }.OfType<System.Text.Json.Nodes.JsonNode>().Select(v => v.ToString())], ct) : null;
            Add(
                MergeFields.CustomPrefix + f.Key, f.Title, ca[f.Key]?.ToJsonString(), cb[f.Key]?.ToJsonString(),
                v => v is null ? null : CustomValues.Shown(f, System.Text.Json.Nodes.JsonNode.Parse((string)v), Dates, id => linked?.GetValueOrDefault(id)?.Text));
        }

        Rows = rows;
        United =
        [
            .. new MergeLists[]
            {
                new(T["Telephones"], [.. a.Fields.Phones.Select(Phone)], [.. b.Fields.Phones.Select(Phone)]),
                new(T["E-mails"], [.. a.Fields.Emails.Select(e => e.Address!)], [.. b.Fields.Emails.Select(e => e.Address!)]),
                new(T["Addresses"], [.. a.Fields.Addresses.Select(Address)], [.. b.Fields.Addresses.Select(Address)]),
                new(T["Roles"], [.. a.Fields.RoleIds.Select(r => lists.Title(r)).OfType<string>()], [.. b.Fields.RoleIds.Select(r => lists.Title(r)).OfType<string>()]),
                new(T["Groups"], [.. a.Fields.GroupIds.Select(g => lists.Groups.Path(g)).OfType<string>()], [.. b.Fields.GroupIds.Select(g => lists.Groups.Path(g)).OfType<string>()]),
                new(T["Bank accounts"], [.. a.Fields.Ibans.OfType<string>()], [.. b.Fields.Ibans.OfType<string>()]),
                new(T["Bank cards"], [.. a.Fields.BankCards.OfType<string>().Select(T.Digits)], [.. b.Fields.BankCards.OfType<string>().Select(T.Digits)]),
            }.Where(l => l.Mine.Count + l.Other.Count > 0),
        ];

        void Add(string name, string title, object? x, object? y, Func<object?, string?> text)
        {
            if (!Equals(x, y)) rows.Add(new(name, title, text(x), text(y), MergeFields.TakesOther(name, x, y, Command.Choice, Me)));
        }
    }

    private string Phone(PhoneFields p) => T.Digits(PhoneNumber.Parse(p.Number!).ToDisplay());

    private string Address(AddressFields a) => T.Digits(a.Text ?? a.District ?? a.PostalCode ?? "…");

    private string? Text(string name, object? value, BaseValues lists, IReadOnlyDictionary<Guid, UserCard> people) => value switch
    {
        null => null,
        Guid id when name == "ownerId" => people.GetValueOrDefault(id)?.Name ?? "…",
        Guid id => lists.Title(id),
        Standing s => T[s == Standing.Actual ? "Actual customer" : "Potential customer"],
        DateOnly day => Dates.Day(day),
        _ => T.Digits(value.ToString()!),
    };
}
