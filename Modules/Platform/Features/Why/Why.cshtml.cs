using Crm.Core;
using Crm.Data;
using Crm.Platform.Access;
using Crm.Platform.Contracts;
using Crm.Platform.Data;
using Crm.Platform.Domain;
using Crm.Platform.Working;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Rendering;
using Microsoft.EntityFrameworkCore;

namespace Crm.Platform.Features.Why;

/// <summary>«Why can X see this?»: for administrators, who reaches a record with which operation, and by which role, scope, unit or branch.</summary>
[Requires(PlatformPermissions.ManageRoles)]
internal sealed class WhyPage(PlatformDb db, RecordTypes records, RecordFacts facts, IUserDirectory directory, IUserAccessSource access, IBranchDirectory branches, IEnumerable<IRegionSource> regions, RecordLists lists, IRecordTypes types) : PageBase
{
    [BindProperty(SupportsGet = true)]
    public string Record { get; set; } = "";

    [BindProperty(SupportsGet = true)]
    public Guid Id { get; set; }

    [BindProperty(SupportsGet = true, Name = "user")]
    public Guid? UserId { get; set; }

    public RecordRights Kind { get; private set; } = null!;

    /// <summary>The record as its list calls it, and its page; null for one that no list shows.</summary>
    public (string Title, string Url)? Subject { get; private set; }

    public string Branch { get; private set; } = "—";

    public string Charge { get; private set; } = "—";

    public string? Province { get; private set; }

    public bool Deleted { get; private set; }

    public UserCard? Who { get; private set; }

    public bool WhoIsAdministrator { get; private set; }

    /// <summary>Why the record it hangs on is not reached either; null when it is, or there is none.</summary>
    public string? Above { get; private set; }

    public IReadOnlyList<Answer> Answers { get; private set; } = [];

    /// <summary>Everybody who sees it.</summary>
    public IReadOnlyList<UserCard> Seers { get; private set; } = [];

    public IReadOnlyList<SelectListItem> Users { get; private set; } = [];

    private async Task<(string Title, string Url)?> SubjectAsync(CancellationToken ct)
    {
        if (types.Find(Record) is not { } type || type.Fields.FirstOrDefault(f => f.Main) is not { } main) return null;
        var page = await lists.Reader.PageAsync(type, new() { Ids = [Id], Columns = [main.Key], Size = 1 }, ct);
        return page.Rows is [var row, ..] && (row.Note(0) ?? row.Values[0]?.ToString()) is { Length: > 0 } title ? (title, $"{type.Url}/{Id}") : null;
    }

    public async Task OnGetAsync()
    {
        var ct = HttpContext.RequestAborted;
        if (Me.Access is not { IsAdministrator: true }) throw new Forbidden(PlatformPermissions.ManageRoles);
        Kind = records.Find(Record) ?? throw new NotFound("record", Record);
        var fact = await facts.FindAsync(Record, Id, ct) ?? throw new NotFound(Record, Id);
        Subject = await SubjectAsync(ct);
        var active = await directory.ActiveAsync(ct);
        Users = [.. active.Select(u => new SelectListItem(u.Name, u.Id.ToString(), u.Id == UserId))];
        var units = await db.Units.AsNoTracking().ToListAsync(ct);
        var branchNames = (await branches.AllAsync(ct)).ToDictionary(b => b.Id, b => b.Name);
        var provinces = (await regions.AllAsync(ct)).ToDictionary(p => p.Id, p => p.Title);

        var people = await directory.CardsAsync([.. fact.Owners.Concat(fact.Parent?.Owners ?? []).Append(UserId ?? Guid.Empty)], ct);
        var names = new ReasonNames(u => people.GetValueOrDefault(u)?.Name ?? "—", b => branchNames.GetValueOrDefault(b, "—"), p => provinces.GetValueOrDefault(p, "—"), u => units.Find(x => x.People.Contains(u))?.Name);
        if (fact.BranchId is { } branch) Branch = names.Branch(branch);
        if (fact.Owners.Count > 0) Charge = Texts.List(fact.Owners.Select(names.User));
        if ((fact.ProvinceId ?? fact.Parent?.ProvinceId) is { } province) Province = names.Province(province);
        Deleted = fact.Deleted;
        if (UserId is { } who && people.TryGetValue(who, out var card) && await access.FindAsync(who, ct) is { } user)
        {
            Who = card;
            WhoIsAdministrator = user.IsAdministrator;
            var roles = (await db.Roles.AsNoTracking().Where(r => user.RoleIds.Contains(r.Id)).OrderBy(r => r.Name).ToListAsync(ct))
                .ConvertAll(r => new RoleRights(r.Name, r.IsAdministrator, [.. r.Permissions], RoleLines.Read<Scopes>(r.Scopes), RoleLines.Read<FieldRule>(r.Fields)));
            if (fact.Parent is { } parent && !await SeesAsync(user, parent.Key, parent.Id, ct)) Above = T[records.Find(parent.Key)!.Title];
            var answers = new List<Answer>();
            foreach (var operation in Kind.Permissions.Keys.Where(o => o != Operation.Add).Order())
            {
                var may = user.Can(Kind.Permissions[operation]) && await facts.ReachesAsync(user, Record, Id, operation, ct);
                answers.Add(new(operation, may, Reasons.Of(roles, user, Kind, operation, fact, names)));
            }

            Answers = answers;
        }

        var seers = new List<UserCard>();
        foreach (var u in active)
        {
            if (await access.FindAsync(u.Id, ct) is { } a && await SeesAsync(a, Record, Id, ct)) seers.Add(u);
        }

        Seers = seers;
    }

    private async Task<bool> SeesAsync(UserAccess user, string record, Guid id, CancellationToken ct) =>
        user.Can(records.Find(record)!.Permissions[Operation.See]) && await facts.ReachesAsync(user, record, id, Operation.See, ct);

    internal sealed record Answer(Operation Operation, bool May, IReadOnlyList<Reason> Reasons);
}
