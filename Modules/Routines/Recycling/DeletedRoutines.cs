using Crm.Core;
using Crm.Data;
using Crm.Routines.Data;
using Crm.Routines.Definitions;
using Crm.Routines.Domain;
using Microsoft.EntityFrameworkCore;

namespace Crm.Routines.Recycling;

/// <summary>A routine comes back unpublished: whoever restores it looks at it before jobs start.</summary>
internal sealed class DeletedRoutines(RoutinesDb db, ICurrentUser me) : Recyclable<RoutineDefinition>(db, me)
{
    public override string Key => "routines";

    public override string Title => "Routines";

    public override string One => "Routine";

    public override string Permission => RoutinesPermissions.Design;

    public override string PurgePermission => RoutinesPermissions.Purge;

    protected override IQueryable<DeletedRecord> Show(IQueryable<RoutineDefinition> deleted) =>
        deleted.Select(r => new DeletedRecord { Id = r.Id, Title = r.Name, DeletedAt = r.DeletedAt, DeletedBy = r.DeletedBy, DeletionId = r.DeletionId });
}

internal sealed class DeletedForms(RoutinesDb db, ICurrentUser me) : Recyclable<Form>(db, me)
{
    public override string Key => "forms";

    public override string Title => "Forms";

    public override string One => "Form";

    public override string Permission => RoutinesPermissions.Forms;

    public override string PurgePermission => RoutinesPermissions.Purge;

    protected override IQueryable<DeletedRecord> Show(IQueryable<Form> deleted) =>
        deleted.Select(f => new DeletedRecord { Id = f.Id, Title = f.Name, DeletedAt = f.DeletedAt, DeletedBy = f.DeletedBy, DeletionId = f.DeletionId });
}

internal sealed class DeletedFilledForms(RoutinesDb db, ICurrentUser me) : Recyclable<FilledForm>(db, me)
{
    public override string Key => "filled-forms";

    public override string Title => "Filled forms";

    public override string One => "Filled form";

    public override string Permission => RoutinesPermissions.Forms;

    public override string PurgePermission => RoutinesPermissions.Purge;

    protected override IQueryable<DeletedRecord> Show(IQueryable<FilledForm> deleted) =>
        deleted.Select(f => new DeletedRecord { Id = f.Id, Title = f.FormName, DeletedAt = f.DeletedAt, DeletedBy = f.DeletedBy, DeletionId = f.DeletionId });
}

/// <summary>Jobs keep their contact and their routine; filled forms their contact and their form.</summary>
internal sealed class RoutinesDependants(RoutinesDb db) : IDependants
{
    public async Task<IReadOnlyList<Dependant>> OfAsync(string kind, IReadOnlyCollection<Guid> ids, int take, CancellationToken ct)
    {
        var keys = ids.ToArray();
        if (kind is "contacts" or "forms")
        {
            var contacts = kind == "contacts";
            var filled = await db.FilledForms.IgnoreQueryFilters().Where(f => keys.Contains(contacts ? f.ContactId : f.FormId)).OrderByDescending(f => f.FilledAt).Take(take).Select(f => new { f.Id, On = contacts ? f.ContactId : f.FormId, f.FormName }).ToListAsync(ct);
            List<Dependant> found = [.. filled.Select(f => new Dependant(f.On, f.Id, "Filled form", f.FormName, $"/routines/filled/{f.Id}", RoutinesPermissions.Fill))];
            return contacts ? [.. await JobsAsync(true, keys, take, ct), .. found] : found;
        }

        return kind == "routines" ? await JobsAsync(false, keys, take, ct) : [];
    }

    private async Task<List<Dependant>> JobsAsync(bool ofContacts, Guid[] keys, int take, CancellationToken ct)
    {
        var jobs = await db.Jobs.IgnoreQueryFilters().Where(j => ofContacts ? j.ContactId != null && keys.Contains(j.ContactId.Value) : keys.Contains(j.RoutineId)).OrderByDescending(j => j.Number).Take(take)
            .Select(j => new { j.Id, On = ofContacts ? j.ContactId!.Value : j.RoutineId, j.Title }).ToListAsync(ct);
        return [.. jobs.Select(j => new Dependant(j.On, j.Id, "Job", j.Title, $"/jobs/{j.Id}", RoutinesPermissions.SeeJobs))];
    }
}
