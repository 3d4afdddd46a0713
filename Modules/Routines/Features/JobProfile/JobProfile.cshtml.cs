using Crm.Contacts.Contracts;
using Crm.Core;
using Crm.Platform.Contracts;
using Crm.Routines.Data;
using Crm.Routines.Domain;
using Crm.Routines.Features.Incidents;
using Crm.Routines.Features.JobRail;
using Crm.Routines.Features.JobSteering;
using Crm.Routines.Features.JobTrace;
using Crm.Routines.Runtime;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Rendering;
using Microsoft.EntityFrameworkCore;

namespace Crm.Routines.Features.JobProfile;

[Requires(RoutinesPermissions.SeeJobs)]
internal sealed class JobProfilePage(RoutinesDb db, JobRails rails, JobTraces traces, IContactDirectory contacts, IUserDirectory users, JobVersions versions) : PageBase
{
    [BindProperty(SupportsGet = true)]
    public Guid Id { get; set; }

    [BindProperty]
    public SuspendJobCommand Suspend { get; set; } = new();

    [BindProperty]
    public EndJobCommand End { get; set; } = new();

    [BindProperty]
    public SetAgentsCommand Agents { get; set; } = new();

    [BindProperty]
    public PassIncidentCommand Pass { get; set; } = new();

    public RailJob Rail { get; private set; } = null!;

    public JobTraceView Trace { get; private set; } = null!;

    public ContactCard? Contact { get; private set; }

    public UserCard? Starter { get; private set; }

    public Job? Parent { get; private set; }

    public IReadOnlyList<Job> Children { get; private set; } = [];

    public IReadOnlyList<SelectListItem> Users { get; private set; } = [];

    public async Task OnGetAsync()
    {
        await LoadAsync();
        Agents.AgentIds = [.. Rail.Job.AgentIds];
        MarkOpened("Job", Id, Rail.Job.Title, $"/jobs/{Id}");
    }

    // Each form names what it is for; one that does not changes nothing.
    public IActionResult OnPost() => Redirect($"/jobs/{Id}");

    [Requires(RoutinesPermissions.Steer)]
    public Task<IActionResult> OnPostSuspendAsync()
    {
        Suspend.JobId = Id;
        Only(nameof(Suspend));
        return Send(Suspend, then: () => Again("Job suspended."));
    }

    [Requires(RoutinesPermissions.Steer)]
    public Task<IActionResult> OnPostResumeAsync()
    {
        Only("");
        return Send(new ResumeJobCommand(Id), then: () => Again("Job resumed."));
    }

    [Requires(RoutinesPermissions.End)]
    public Task<IActionResult> OnPostEndAsync()
    {
        End.JobId = Id;
        Only(nameof(End));
        return Send(End, then: () => Again("Job is being ended."));
    }

    [Requires(RoutinesPermissions.Steer)]
    public Task<IActionResult> OnPostAgentsAsync()
    {
        Agents.JobId = Id;
        Only(nameof(Agents));
        return Send(Agents, then: () => Again("Agents saved."));
    }

    [Requires(RoutinesPermissions.Incidents)]
    public Task<IActionResult> OnPostRetryAsync(Guid incident)
    {
        Only("");
        return Send(new RetryIncidentsCommand { Ids = [incident] }, then: _ => Again("It is tried again."));
    }

    [Requires(RoutinesPermissions.Incidents)]
    public Task<IActionResult> OnPostPassAsync()
    {
        Only(nameof(Pass));
        return Send(Pass, then: () => Again("The job goes on without this step."));
    }

    public IReadOnlyList<string> OutcomesOf(JobIncident incident, JobVersion version)
    {
        var node = incident.Activity is { } key ? version.Routine.Workflow.Find(key) : null;
        return node?.Parent is null ? [] : [.. node.Parent.Activity.Connections.Where(c => c.Source == node.Id).Select(c => c.SourcePort).Distinct()];
    }

    public JobVersion Version { get; private set; } = null!;

    /// <summary>Id of the routine in addresses, when the user may move the job and there is another version to move it to.</summary>
    public string? Movable { get; private set; }

    protected override async Task LoadAsync()
    {
        var ct = HttpContext.RequestAborted;
        var job = await db.Jobs.AsNoTracking().FirstOrDefaultAsync(j => j.Id == Id, ct) ?? throw new NotFound("job", Id);
        Rail = (await rails.OfAsync([job], ct))[0];
        Trace = await traces.OfAsync(job, ct);
        Version = await versions.OfAsync(job.VersionId, ct);
        if (Me.Can(RoutinesPermissions.Move) && !job.IsOver)
            Movable = await db.Set<Definitions.RoutineDefinition>().Where(r => r.Id == job.RoutineId && db.Set<Definitions.RoutineVersion>().Any(v => v.RoutineId == r.Id && v.PublishedAt != null && v.Id != job.VersionId)).Select(r => r.DefinitionId).FirstOrDefaultAsync(ct);
        Contact = job.ContactId is { } contact ? (await contacts.CardsAsync([contact], ct)).GetValueOrDefault(contact) : null;
        Starter = job.StartedBy is { } starter ? (await users.CardsAsync([starter], ct)).GetValueOrDefault(starter) : null;
        Parent = job.ParentJobId is { } parent ? await db.Jobs.AsNoTracking().FirstOrDefaultAsync(j => j.Id == parent, ct) : null;
        Children = await db.Jobs.AsNoTracking().Where(j => j.ParentJobId == Id).OrderBy(j => j.Id).Take(20).ToListAsync(ct);
        Users = [.. (await users.ActiveAsync(ct)).Select(u => new SelectListItem(u.Name, u.Id.ToString()))];
    }

    private RedirectResult Again(string toast)
    {
        Toast(toast);
        return Redirect($"/jobs/{Id}");
    }
}
