using Crm.Contacts.Contracts;
using Crm.Core;
using Crm.Platform.Contracts;
using Crm.Routines.Data;
using Crm.Routines.Definitions;
using Crm.Routines.Domain;
using Crm.Web;
using Crm.Workflows;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace Crm.Routines.Features.RoutineProfile;

[Requires(RoutinesPermissions.See)]
internal sealed class RoutineProfilePage(RoutinesDb db, IActivityCatalog catalog, IUserDirectory users, IBaseDataDirectory baseData, IEnumerable<ITriggerDeclaration> triggers, FieldCheck fields) : PageBase
{
    [BindProperty(SupportsGet = true)]
    public string DefinitionId { get; set; } = "";

    public RoutineDefinition Routine { get; private set; } = null!;

    public RoutineState State { get; private set; }

    public IReadOnlyList<VersionRow> Versions { get; private set; } = [];

    public IReadOnlyList<BindingView> Bindings { get; private set; } = [];

    public IReadOnlyList<RoutineProblem> Problems { get; private set; } = [];

    public int Running => Versions.Sum(v => v.Running);

    /// <summary>Running jobs on versions before the published one.</summary>
    public int Older => Versions.Where(v => !v.IsPublished && v.Number < Routine.PublishedNumber).Sum(v => v.Running);

    public IReadOnlyList<MoveLink> Moves { get; private set; } = [];

    public async Task OnGetAsync()
    {
        await LoadAsync();
        MarkOpened("Routine", Routine.Id, Routine.Name, $"/routines/{DefinitionId}");
    }

    [Requires(RoutinesPermissions.Publish)]
    public async Task<IActionResult> OnPostPublishAsync() => await Send(new PublishRoutineCommand(await IdAsync()), then: already =>
    {
        Toast(already ? "It was published already." : "Published: new jobs take this version.");
        return Redirect($"/routines/{DefinitionId}");
    });

    [Requires(RoutinesPermissions.Publish)]
    public async Task<IActionResult> OnPostRetractAsync() => await Send(new RetractRoutineCommand(await IdAsync()), then: _ =>
    {
        Toast("Unpublished: no new jobs start, running ones go on.");
        return Redirect($"/routines/{DefinitionId}");
    });

    [Requires(RoutinesPermissions.Design)]
    public async Task<IActionResult> OnPostRevertAsync(int number) => await Send(new RevertRoutineCommand(await IdAsync(), number), then: _ =>
    {
        Toast("Version {0} is the newest draft again.", number);
        return Redirect($"/routines/{DefinitionId}");
    });

    [Requires(RoutinesPermissions.Design)]
    public Task<IActionResult> OnPostDeleteVersionAsync(Guid version) => Send(new DeleteVersionCommand(version), then: () => Redirect($"/routines/{DefinitionId}"));

    [Requires(RoutinesPermissions.Design)]
    public async Task<IActionResult> OnPostDeleteAsync()
    {
        var id = await IdAsync();
        return await Send(new DeleteRoutineCommand(id), then: () =>
        {
            ToastDeleted("Routine moved to the recycle bin.", id, $"/routines/{DefinitionId}");
            return Redirect("/routines");
        });
    }

    protected override async Task LoadAsync()
    {
        var ct = HttpContext.RequestAborted;
        Routine = await db.Set<RoutineDefinition>().AsNoTracking().SingleOrDefaultAsync(r => r.DefinitionId == DefinitionId, ct) ?? throw new NotFound("routine", DefinitionId);
        State = RoutineQueries.State(Routine.LatestVersionId, Routine.PublishedVersionId);
        var rows = await db.Set<RoutineVersion>().AsNoTracking().Where(v => v.RoutineId == Routine.Id).OrderByDescending(v => v.Number).Take(50)
            .Select(v => new { v.Id, v.VersionId, v.Number, v.PublishedAt, v.PublishedBy, v.UpdatedAt, v.UpdatedBy, Json = v.Id == Routine.LatestVersionId ? v.Json : null }).ToListAsync(ct);
        var running = await db.Set<Job>().Where(j => j.RoutineId == Routine.Id && (j.Status == JobStatus.Running || j.Status == JobStatus.Faulted)).GroupBy(j => j.VersionId).Select(g => new { g.Key, Count = g.Count() }).ToDictionaryAsync(g => g.Key, g => g.Count, ct);
        var names = await users.CardsAsync([.. rows.SelectMany(r => new[] { r.PublishedBy, r.UpdatedBy }).OfType<Guid>().Distinct()], ct);
        Versions = [.. rows.Select(r => new VersionRow(r.Id, r.VersionId, r.Number, r.Id == Routine.LatestVersionId, r.Id == Routine.PublishedVersionId, r.PublishedAt, Name(r.PublishedBy), r.UpdatedAt, Name(r.UpdatedBy), running.GetValueOrDefault(r.Id)))];
        if (Me.Can(RoutinesPermissions.Move))
        {
            var moves = await db.Set<VersionMove>().AsNoTracking().Where(m => m.RoutineId == Routine.Id).OrderByDescending(m => m.CreatedAt).Take(5).Select(m => new { m.Id, m.ToNumber, m.CreatedAt, m.CreatedBy, m.MovedAt, m.UndoneAt }).ToListAsync(ct);
            var movers = await users.CardsAsync([.. moves.Select(m => m.CreatedBy).OfType<Guid>().Distinct()], ct);
            Moves = [.. moves.Select(m => new MoveLink(m.Id, m.ToNumber, m.CreatedAt, m.CreatedBy is { } by ? movers.GetValueOrDefault(by)?.Name : null, m.MovedAt is not null, m.UndoneAt is not null))];
        }

        Bindings = [.. (await RoutineQueries.BindingsAsync(db, baseData, triggers, [Routine.Id], ct))[Routine.Id]];
        if (rows.FirstOrDefault(r => r.Json is not null)?.Json is { } json) Problems = await RoutineQueries.ProblemsAsync(json, catalog, fields, HttpContext.RequestAborted);

        string? Name(Guid? id) => id is { } user && names.TryGetValue(user, out var card) ? card.Name : null;
    }

    private async Task<Guid> IdAsync() => await db.Set<RoutineDefinition>().Where(r => r.DefinitionId == DefinitionId).Select(r => (Guid?)r.Id).SingleOrDefaultAsync() ?? throw new NotFound("routine", DefinitionId);
}

internal sealed record VersionRow(Guid Id, string VersionId, int Number, bool IsLatest, bool IsPublished, DateTimeOffset? PublishedAt, string? PublishedBy, DateTimeOffset UpdatedAt, string? UpdatedBy, int Running);

internal sealed record MoveLink(Guid Id, int To, DateTimeOffset At, string? By, bool Moved, bool Undone);
