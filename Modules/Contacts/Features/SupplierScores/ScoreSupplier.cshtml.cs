using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Core;
using Crm.Platform.Contracts;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Rendering;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Features.SupplierScores;

/// <summary>The form of a scoring: points by each criterion, with the score as it is worked out.</summary>
[Requires(ContactsPermissions.ScoreSuppliers)]
internal sealed class ScoreSupplierPage(ContactsDb db, BaseDataCache baseData, IUserDirectory users, TimeProvider time) : PageBase
{
    private BaseValues _lists = new([]);
    private Dictionary<Guid, int> _weights = [];

    [BindProperty(SupportsGet = true)]
    public Guid Id { get; set; }

    /// <summary>The scoring that is mended; null for a new one.</summary>
    [BindProperty(SupportsGet = true)]
    public Guid? Evaluation { get; set; }

    [BindProperty]
    public ScoreSupplierCommand Command { get; set; } = new();

    public string Name { get; private set; } = "";

    public bool IsSupplier { get; private set; }

    public IReadOnlyList<SelectListItem> Users { get; private set; } = [];

    public string Back => $"/contacts/{Id}/scores";

    public IEnumerable<SelectListItem> Points => SupplierGrades.Points.Select((title, i) => new SelectListItem($"{T.Digits(i + 1)} – {T[title]}", (i + 1).ToString(System.Globalization.CultureInfo.InvariantCulture))).Reverse();

    public CriterionValue? Criterion(Guid id) => _lists.Criteria.FirstOrDefault(c => c.Id == id);

    /// <summary>The weight that counts here: of the day of the scoring, else the present one.</summary>
    public int Weight(Guid id) => _weights.TryGetValue(id, out var then) ? then : Criterion(id)?.Weight ?? 0;

    public async Task OnGetAsync()
    {
        Command = Evaluation is null ? new() { ScoredOn = Dates.DayOf(time.GetUtcNow()), ScoredBy = Me.Id } : ScoreSupplierCommand.Of(await FindAsync());
        await LoadAsync();
    }

    public Task<IActionResult> OnPostAsync()
    {
        Command = Command with { ContactId = Id, Id = Evaluation };
        return Send(Command, then: _ =>
        {
            Toast("Score saved.");
            return Redirect(Back);
        });
    }

    protected override async Task LoadAsync()
    {
        var ct = HttpContext.RequestAborted;
        var supplier = await db.Contacts.Where(c => c.Id == Id).Select(c => new { c.Name, c.RoleIds }).SingleOrDefaultAsync(ct) ?? throw new NotFound(nameof(Contact), Id);
        (Name, IsSupplier) = (supplier.Name, supplier.RoleIds.Contains(SupplierGrades.Role));
        _lists = await baseData.GetAsync(ct);
        if (Evaluation is not null) _weights = (await FindAsync()).Scores.ToDictionary(s => s.CriterionId, s => s.Weight);
        // All criteria in use, with what was given; those put away only where they stand in this scoring.
        var typed = Command.Scores.ToDictionary(s => s.CriterionId);
        Command = Command with { Scores = [.. _lists.Criteria.Where(c => c.Active || _weights.ContainsKey(c.Id)).Select(c => typed.GetValueOrDefault(c.Id) ?? new ScoreFields { CriterionId = c.Id })] };
        Users = [.. (await users.ActiveAsync(ct)).Select(u => new SelectListItem(u.Name, u.Id.ToString()))];
    }

    protected override async Task<object?> LoadNewerAsync() => Evaluation is null ? null : ScoreSupplierCommand.Of(await FindAsync());

    private async Task<SupplierEvaluation> FindAsync() => await db.EvaluationsSeen().AsNoTracking().Include(e => e.Scores).SingleOrDefaultAsync(e => e.Id == Evaluation && e.ContactId == Id, HttpContext.RequestAborted)
        ?? throw new NotFound(nameof(SupplierEvaluation), Evaluation);
}
