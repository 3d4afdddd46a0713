using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Core;
using Crm.Platform.Contracts;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Features.SupplierScores;

/// <summary>All scorings of one supplier, newest first, and how each criterion went over time.</summary>
[Requires(ContactsPermissions.SeeSuppliers)]
internal sealed class SupplierScoresPage(ContactsDb db, BaseDataCache baseData, IUserDirectory users) : PageBase
{
    private const int Most = 200;

    private IReadOnlyDictionary<Guid, UserCard> _names = new Dictionary<Guid, UserCard>();

    [BindProperty(SupportsGet = true)]
    public Guid Id { get; set; }

    public string Name { get; private set; } = "";

    public bool IsSupplier { get; private set; }

    public IReadOnlyList<SupplierEvaluation> Rows { get; private set; } = [];

    /// <summary>Criteria that were judged at least once.</summary>
    public IReadOnlyList<CriterionValue> Criteria { get; private set; } = [];

    public ChartData? Chart { get; private set; }

    public string Home => $"/contacts/{Id}/scores";

    public string? NameOf(Guid? id) => id is { } i ? _names.GetValueOrDefault(i)?.Name : null;

    public Task OnGetAsync() => LoadAsync();

    [Requires(ContactsPermissions.DeleteScores)]
    public Task<IActionResult> OnPostDeleteAsync(Guid evaluation)
    {
        ModelState.Clear();
        return Send(new DeleteEvaluationCommand(Id, evaluation), then: () =>
        {
            Toast("Score deleted.");
            return Redirect(Home);
        });
    }

    protected override async Task LoadAsync()
    {
        var ct = HttpContext.RequestAborted;
        var supplier = await db.Contacts.Where(c => c.Id == Id).Select(c => new { c.Name, c.RoleIds }).SingleOrDefaultAsync(ct) ?? throw new NotFound(nameof(Contact), Id);
        (Name, IsSupplier) = (supplier.Name, supplier.RoleIds.Contains(SupplierGrades.Role));
        Rows = await db.Evaluations.AsNoTracking().Include(e => e.Scores).Where(e => e.ContactId == Id).OrderByDescending(e => e.ScoredOn).ThenByDescending(e => e.Id).Take(Most).ToListAsync(ct);
        var judged = Rows.SelectMany(r => r.Scores).Select(s => s.CriterionId).ToHashSet();
        Criteria = [.. (await baseData.GetAsync(ct)).Criteria.Where(c => judged.Contains(c.Id))];
        _names = await users.CardsAsync([.. Rows.Select(r => r.ScoredBy).OfType<Guid>().Distinct()], ct);
        if (Rows.Count > 1) Chart = new(ChartShape.Lines, T["Score over time"], [.. Rows.Reverse().Select(r => Dates.Day(r.ScoredOn))], [new(T["Score"], [.. Rows.Reverse().Select(r => (long)Math.Round(r.Total))])]);
    }
}
