using Crm.Contacts.Contracts;
using Crm.Core;
using Crm.Data;
using Crm.Messaging.Contracts;
using Crm.Platform.Contracts;
using Crm.Routines.Data;
using Crm.Routines.Definitions;
using Crm.Routines.Domain;
using Crm.Routines.Runtime;
using Crm.Routines.Versions;
using Crm.Workflows;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Routines.DryRuns;

/// <summary>A drawing to be run dry: any version, if it compiles.</summary>
internal sealed record DryDrawing(Guid RoutineId, Guid VersionId, int Number, string Name, CompiledWorkflow Workflow);

/// <summary>Gathers what dry jobs need.</summary>
internal sealed class DryWorlds(RoutinesDb db, IActivityCatalog catalog, ActivityDirectory activities, RuntimeOptions options, IUserDirectory users, IOrganisation organisation, IWorkingTime workingTime, SettingWords words, IContactDirectory contacts, IServiceProvider services)
{
    /// <summary>The newest version of a routine, draft or not.</summary>
    /// <exception cref="RuleBroken">It can't run; the messages say why.</exception>
    public async Task<DryDrawing> LatestAsync(string definitionId, CancellationToken ct)
    {
        var id = await db.Set<RoutineDefinition>().AsNoTracking().Where(r => r.DefinitionId == definitionId).Select(r => (Guid?)r.LatestVersionId).SingleOrDefaultAsync(ct) ?? throw new NotFound("routine", definitionId);
        return await VersionAsync(id, ct);
    }

    /// <summary>A version, draft or not.</summary>
    /// <exception cref="RuleBroken">It can't run; the messages say why.</exception>
    public async Task<DryDrawing> VersionAsync(Guid versionId, CancellationToken ct)
    {
        var found = await db.Set<RoutineVersion>().AsNoTracking().Where(v => v.Id == versionId).Select(v => new { v.RoutineId, v.Id, v.Number, v.Name, v.Json }).SingleOrDefaultAsync(ct) ?? throw new NotFound("routine version", versionId);
        var workflow = CompiledWorkflow.TryCompile(WorkflowDefinition.Parse(found.Json), catalog, out var messages);
        if (workflow is null) throw new RuleBroken("routine.broken", "The drawing has errors: {0}", string.Join(" ", messages.Where(m => m.Severity == ValidationSeverity.Error).Take(3).Select(Publishing.Sentence)));
        return new(found.RoutineId, found.Id, found.Number, found.Name, workflow);
    }

    public async Task<DryWorld> OfAsync(DryDrawing drawing, CancellationToken ct)
    {
        var designs = await db.Forms.IgnoreQueryFilters([Filters.SoftDelete]).AsNoTracking().Select(f => new { f.Id, Design = db.Set<FormVersion>().Where(v => v.Id == f.PublishedVersionId).Select(v => v.DesignJson).FirstOrDefault() }).ToListAsync(ct);
        var forms = designs.ToDictionary(f => f.Id, f => f.Design is null ? null : FormDesign.Parse(f.Design));
        var routines = (await db.Set<RoutineDefinition>().AsNoTracking().Select(r => new { r.Id, r.DefinitionId, r.Name }).ToListAsync(ct)).SelectMany(r => new[] { (r.DefinitionId, r.Name), (r.Id.ToString(), r.Name) }).GroupBy(r => r.Item1).ToDictionary(g => g.Key, g => g.First().Name);
        return new(drawing.Workflow, await DryPeople.LoadAsync(users, organisation, ct), forms, workingTime, services.GetService<ITemplatePreviews>(), activities, new RoutinesCatalogNames(catalog, words, routines), options.Limits());
    }

    /// <summary>A customer as the job would see him; null when the user may not.</summary>
    public async Task<DryCase?> CaseAsync(DryDrawing drawing, Guid jobId, Guid? contactId, Guid? starter, CancellationToken ct)
    {
        if (contactId is not { } id) return new(jobId, null, [], "", null, starter, drawing.Name, null);
        if ((await contacts.CardsAsync([id], ct)).GetValueOrDefault(id) is not { } card) return null;
        return new(jobId, id, await contacts.DataAsync(id, ct) ?? [], card.Name, card.OwnerId, starter, drawing.Name, card.BranchId);
    }
}
