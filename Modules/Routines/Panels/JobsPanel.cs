using Crm.Contacts.Contracts;
using Crm.Core;
using Crm.Routines.Data;
using Crm.Routines.Domain;
using Crm.Routines.Features.JobRail;
using Microsoft.EntityFrameworkCore;

namespace Crm.Routines.Panels;

internal sealed record JobsPanelModel(Guid ContactId, IReadOnlyList<RailJob> Jobs, bool MayStart, int Over);

/// <summary>The routine rail on the customer's page: every running job side by side.</summary>
internal sealed class JobsPanel(RoutinesDb db, JobRails rails, ICurrentUser me) : IContactPanel
{
    public string Key => "routines.jobs";

    public string Title => "Jobs";

    public int Order => 10;

    public string Place => "rail";

    public string? Permission => RoutinesPermissions.SeeJobs;

    public async Task<object?> LoadAsync(Guid contactId, CancellationToken ct)
    {
        var jobs = await db.Jobs.AsNoTracking().Where(j => j.ContactId == contactId && (j.Status == JobStatus.Running || j.Status == JobStatus.Faulted)).OrderByDescending(j => j.StartedAt).Take(8).ToListAsync(ct);
        var over = await db.Jobs.CountAsync(j => j.ContactId == contactId && j.Status != JobStatus.Running && j.Status != JobStatus.Faulted, ct);
        return new JobsPanelModel(contactId, await rails.OfAsync(jobs, ct), me.Can(RoutinesPermissions.Start), over);
    }
}

/// <summary>Jobs in the form of a communication, and their titles for whoever refers to them.</summary>
internal sealed class ContactJobs(RoutinesDb db, ICurrentUser me) : IContactJobs
{
    public async Task<IReadOnlyList<ContactJob>> OpenAsync(Guid contactId, CancellationToken ct)
    {
        var jobs = await db.Jobs.AsNoTracking().Where(j => j.ContactId == contactId && (j.Status == JobStatus.Running || j.Status == JobStatus.Faulted)).OrderByDescending(j => j.StartedAt).Take(50).ToListAsync(ct);
        var ids = jobs.Select(j => j.Id).ToArray();
        var stages = (await db.Stages.AsNoTracking().Where(s => ids.Contains(s.JobId) && s.Status == StageStatus.Open).OrderBy(s => s.OpenedAt).ToListAsync(ct)).ToLookup(s => s.JobId);
        return [.. jobs.Select(j => new ContactJob(j.Id, j.Number, j.RoutineName, [.. stages[j.Id].Select(s => new ContactJobStage(s.Id, s.Title, Outcomes(j, s)))]))];
    }

    public async Task<IReadOnlyDictionary<Guid, string>> TitlesAsync(IReadOnlyCollection<Guid> jobIds, CancellationToken ct) =>
        await db.Jobs.Where(j => jobIds.Contains(j.Id)).ToDictionaryAsync(j => j.Id, j => j.Title, ct);

    private IReadOnlyList<(string Name, string Title)> Outcomes(Job job, StageItem stage) =>
        stage.FieldsJson != "[]" || stage.Setup.Files.Count > 0 || stage.ChoosePerson || job.Paused || !stage.MayEnd(me, job.StartedBy) ? [] : [.. stage.Setup.Outcomes.Select(o => (o, Texts.Get(o)))];
}

/// <summary>Beginnings, stages and ends of jobs in the customer's time line.</summary>
internal sealed class JobTimeline(RoutinesDb db, Crm.Platform.Contracts.IUserDirectory users) : IContactTimeline
{
    public IReadOnlyList<(string Kind, string Title)> Kinds => [("job", "Jobs"), ("stage", "Stages")];

    public async Task<IReadOnlyList<TimelineItem>> LoadAsync(Guid contactId, DateTimeOffset? before, int take, CancellationToken ct)
    {
        var until = before ?? DateTimeOffset.MaxValue.ToUniversalTime();
        var jobs = await db.Jobs.AsNoTracking().Where(j => j.ContactId == contactId && (j.StartedAt < until || j.EndedAt < until)).OrderByDescending(j => j.StartedAt).Take(take).ToListAsync(ct);
        var stages = await db.Stages.AsNoTracking().Where(s => s.ContactId == contactId && s.Status == StageStatus.Done && s.DoneAt < until).OrderByDescending(s => s.DoneAt).Take(take).ToListAsync(ct);
        var names = await users.CardsAsync([.. stages.Select(s => s.DoneBy).Concat(jobs.Select(j => j.StartedBy)).Concat(jobs.Select(j => j.EndedBy)).OfType<Guid>().Distinct()], ct);
        string? Name(Guid? id) => id is { } i && names.TryGetValue(i, out var card) ? card.Name : null;
        return
        [
            .. jobs.Where(j => j.StartedAt < until).Select(j => new TimelineItem(j.Id, j.StartedAt, "job", "route", Texts.Get("Job started: {0}", j.Title), "", Name(j.StartedBy), $"/jobs/{j.Id}"))
                .Concat(jobs.Where(j => j.IsOver && j.EndedAt < until).Select(j => new TimelineItem(j.Id, j.EndedAt!.Value, "job", j.Status == JobStatus.Finished ? "flag" : "flag-off",
                    Texts.Get(j.Status == JobStatus.Finished ? "Job finished: {0}" : "Job ended: {0}", j.Title), j.EndedBecause ?? "", Name(j.EndedBy), $"/jobs/{j.Id}")))
                .Concat(stages.Select(s => new TimelineItem(s.Id, s.DoneAt!.Value, "stage", "user-check", $"{s.Title}: {Texts.Get(s.Outcome!)}", s.Note ?? "", Name(s.DoneBy), $"/jobs/stages/{s.Id}")))
                .OrderByDescending(i => i.At).Take(take),
        ];
    }
}
