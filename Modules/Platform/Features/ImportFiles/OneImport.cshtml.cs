using Crm.Core;
using Crm.Data;
using Crm.Data.Import;
using Crm.Platform.Data;
using Crm.Platform.Importing;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Rendering;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Crm.Platform.Features.ImportFiles;

/// <summary>One import: how it is read and what would come of the first rows; then how far it is; then what came of it, and the way back.</summary>
[SignedIn]
internal sealed class OneImportPage(PlatformDb db, ImportFolder folder, IEnumerable<IImportTarget> targets, IBackgroundWork work, NpgsqlDataSource source) : PageBase
{
    private const int Shown = 10;
    private const int Looked = 200;

    [BindProperty(SupportsGet = true)]
    public string Kind { get; set; } = "";

    [BindProperty(SupportsGet = true)]
    public Guid Id { get; set; }

    [BindProperty]
    public MapImportCommand Command { get; set; } = new();

    public ImportFile Import { get; private set; } = null!;

    public IImportTarget Target { get; private set; } = null!;

    public IReadOnlyList<ImportField> Fields { get; private set; } = [];

    /// <summary>The first rows, with what would become of them.</summary>
    public IReadOnlyList<ImportVerdict> Preview { get; private set; } = [];

    /// <summary>Of how many rows that was found out.</summary>
    public int Tried { get; private set; }

    public int TriedRefused { get; private set; }

    public string? Unreadable { get; private set; }

    public BackgroundState? Run { get; private set; }

    public BackgroundState? Undo { get; private set; }

    public IReadOnlyList<(Guid Id, string Name, string Why)> Kept { get; private set; } = [];

    /// <summary>Columns that are asked about. A file of business cards has one for whatever a card may hold: only what the first cards do hold, and what is chosen or wrong.</summary>
    public IReadOnlyList<int> Columns => [.. Enumerable.Range(0, Import.Heads.Length).Where(IsAsked)];

    /// <summary>The others: they are read as they were found.</summary>
    public IReadOnlyList<int> EmptyColumns => [.. Enumerable.Range(0, Import.Heads.Length).Where(i => !IsAsked(i))];

    /// <summary>A column by its head; those of business cards are ours and have a name in the user's language.</summary>
    public string HeadOf(int column)
    {
        var head = Import.Heads[column];
        if (Import.Kind != TableKind.VCard) return head;
        var (name, place) = head.Length > 2 && head[^2] == ' ' && char.IsAsciiDigit(head[^1]) ? (head[..^2], head[^2..]) : (head, "");
        return Texts.Knows(name) ? T[name] + T.Digits(place) : head;
    }

    private bool IsAsked(int column) => Import.Kind != TableKind.VCard || Preview.Count == 0 || Preview.Any(v => !string.IsNullOrEmpty(v.Row.Cells.ElementAtOrDefault(column)) || v.Problems.Any(p => p.Column == column))
        || (ViewData.ModelState.TryGetValue($"Command.Columns[{column}]", out var entry) && entry.Errors.Count > 0);

    public bool IsLive => Run is { IsOver: false } || Undo is { IsOver: false };

    public IEnumerable<SelectListItem> KeyItems => Target.Keys.Select(k => new SelectListItem(T[k.Title], k.Key));

    public async Task OnGetAsync()
    {
        await LoadAsync();
        Command = new() { Id = Id, Columns = [.. Import.Columns], KeyField = Import.KeyField, Mode = Import.Mode, AddsValues = Import.AddsValues, Tells = Import.Tells };
    }

    public Task<IActionResult> OnPostAsync()
    {
        Command = Command with { Id = Id };
        return Send(Command, then: () => Redirect($"/import/{Kind}/{Id}"));
    }

    public Task<IActionResult> OnPostUndoAsync() => Send(new UndoImportCommand(Id), then: () => Redirect($"/import/{Kind}/{Id}"));

    public Task<IActionResult> OnPostCancelAsync() => Send(new WorkList.CancelWorkCommand(db.Imports.Where(i => i.Id == Id).Select(i => i.RunId).FirstOrDefault() ?? Guid.Empty), then: () => Redirect($"/import/{Kind}/{Id}"));

    protected override async Task LoadAsync()
    {
        var ct = HttpContext.RequestAborted;
        var me = Me.Id;
        Target = ImportTargets.Find(targets, Kind, Me);
        Import = await db.Imports.AsNoTracking().FirstOrDefaultAsync(i => i.Id == Id && i.UserId == me && i.Target == Kind, ct) ?? throw new NotFound("import", Id);
        Fields = await Target.FieldsAsync(ct);
        if (Import.RunId is { } run) Run = await work.FindAsync(run, ct);
        if (Import.UndoId is { } undo) Undo = await work.FindAsync(undo, ct);
        if (Import.Kept > 0) Kept = await ImportTables.KeptOfAsync(source, Id, 100, ct);
        if (Import.RunId is null) await LookAsync(ct);
    }

    private async Task LookAsync(CancellationToken ct)
    {
        List<ImportRow> rows = [];
        try
        {
            using var reader = TableFile.Open(folder.Open(Id), Import.How);
            while (rows.Count < Looked && reader.Read() is { } cells) rows.Add(new(reader.Row, cells));
        }
        catch (RuleBroken e)
        {
            Unreadable = e.Localized;
        }

        if (rows.Count == 0) return;
        var all = await Target.CheckAsync(Import.Plan, rows, ct);
        Tried = rows.Count;
        TriedRefused = all.Count(v => v.Outcome == ImportOutcome.Refused);
        // The first rows, and of the rest the first that would be refused: those are what one has to see.
        Preview = [.. all.Where((v, i) => i < Shown).Concat(all.Skip(Shown).Where(v => v.Outcome == ImportOutcome.Refused).Take(Shown))];
    }
}
