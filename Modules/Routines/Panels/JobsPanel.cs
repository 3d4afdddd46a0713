using Crm.Contacts.Contracts;
using Crm.Core;
using Crm.Data;
using Crm.Routines.Data;
using Crm.Routines.Domain;
using Crm.Routines.Features.JobRail;
using Crm.Routines.Features.PressButton;
using Microsoft.EntityFrameworkCore;

namespace Crm.Routines.Panels;

internal sealed record JobsPanelModel(Guid ContactId, IReadOnlyList<RailJob> Jobs, bool MayStart, int Over, IReadOnlyList<string> Buttons);

/// <summary>The routine rail on the customer's page: every running job side by side.</summary>
internal sealed class JobsPanel(JobsOfContact known, JobRails rails, CustomerButtons buttons, ICurrentUser me) : IContactPanel
{
    /// <summary>Its key, by which it is asked for alone.</summary>
    public const string Name = "routines.jobs";

    public string Key => Name;

    public string Title => "Jobs";

    public int Order => 10;

    public string Place => "rail";

    public string? Permission => RoutinesPermissions.SeeJobs;

    public async Task<object?> LoadAsync(Guid contactId, CancellationToken ct)
    {
        var jobs = await known.OpenAsync(contactId, 8, ct);
        var over = (await known.CountAsync(contactId, ct)).Over;
        return new JobsPanelModel(contactId, await rails.OfAsync(jobs, ct), me.Can(RoutinesPermissions.Start), over, await buttons.OfAsync(contactId, jobs.Count > 0, ct));
    }

    public IEnumerable<GlanceFact> Glance(Guid contactId, object model) => ((JobsPanelModel)model).Jobs.Take(2).Select(j =>
        new GlanceFact("Job", j.Stands.Count == 0 ? j.Job.RoutineName : $"{j.Job.RoutineName}: {Texts.List(j.Stands.Select(s => s.Title).Take(2))}", $"/jobs/{j.Job.Id}", j.Job.Status == JobStatus.Faulted ? "red" : null));
}

/// <summary>Jobs in the form of a communication, and their titles for whoever refers to them.</summary>
internal sealed class ContactJobs(RoutinesDb db, JobsOfContact known, JobRails rails, Activities.MyStandIn standIns, ICurrentUser me) : IContactJobs
{
    public async Task<IReadOnlyList<ContactJob>> OpenAsync(Guid contactId, CancellationToken ct)
    {
        var jobs = await known.OpenAsync(contactId, 50, ct);
        var ids = jobs.Select(j => j.Id).ToArray();
        var stages = (await db.Stages.AsNoTracking().Where(s => ids.Contains(s.JobId) && s.Status == StageStatus.Open).ToListAsync(ct)).ToDictionary(s => s.Id);
        var standIn = await standIns.GetAsync(ct);
        return [.. (await rails.OfAsync(jobs, ct)).Select(r => new ContactJob(r.Job.Id, r.Job.Number, r.Job.RoutineName, [.. r.Stands.Where(s => s.StageId is { } id && stages.ContainsKey(id)).Select(s => Stage(r.Job, s, stages[s.StageId!.Value], standIn))]))];
    }

    public async Task<IReadOnlyDictionary<Guid, string>> TitlesAsync(IReadOnlyCollection<Guid> jobIds, CancellationToken ct) =>
        await db.Jobs.Where(j => jobIds.Contains(j.Id)).ToDictionaryAsync(j => j.Id, j => j.Title, ct);

    private ContactJobStage Stage(Job job, RailStand stand, StageItem stage, Platform.Contracts.StandIn standIn)
    {
        var fields = stage.Fields;
        var files = stage.Setup.Files;
        var why = job.Paused ? Texts.Get("The job is suspended.")
            : stage.ChoosePerson ? Texts.Get("Somebody has to be chosen for it first.")
            : stage.MayEnd(me, job.StartedBy, standIn) ? null
            : stand.Who.Count > 0 ? Texts.Get("It is done by {0}.", Texts.List(stand.Who)) : Texts.Get("It is not yours to end.");
        var asks = Texts.List(fields.Select(f => f.Label.Value).Concat(files).Take(6)) + (fields.Count + files.Count > 6 ? "…" : "");
        var most = stand.Next.Where(n => n.Share > 0).MaxBy(n => n.Share)?.Outcome;
        return new(stage.Id, stage.Title, why is not null ? [] : [.. stand.Next.Select(n => new ContactJobWay(n.Outcome, Texts.Get(n.Outcome),
            n.To.Length > 0 ? Texts.Get("then {0}", n.To) : Texts.Get("then the end"),
            n.Share is { } share ? Texts.Get("in {0} % of {1} like cases", PersianText.Number(share), PersianText.Number(n.Cases)) : null, n.Outcome == most))],
            $"/jobs/stages/{stage.Id}", fields.Count + files.Count > 0, why ?? (asks.Length > 0 ? asks : null), stage.DueAt);
    }
}

/// <summary>Beginnings, stages and ends of jobs in the customer's time line.</summary>
internal sealed class JobTimeline(RoutinesDb db, JobsOfContact known, ICurrentUser me, Crm.Platform.Contracts.IUserDirectory users) : IContactTimeline
{
    public IReadOnlyList<(string Kind, string Title)> Kinds => [("job", "Jobs"), ("stage", "Stages")];

    public async Task<IReadOnlyList<TimelineItem>> LoadAsync(TimelineWish wish, CancellationToken ct)
    {
        if (!me.Can(RoutinesPermissions.SeeJobs) || await known.CountAsync(wish.ContactId, ct) is { Open: 0, Over: 0 }) return [];
        var until = wish.Before ?? DateTimeOffset.MaxValue.ToUniversalTime();
        var from = wish.From ?? DateTimeOffset.MinValue;
        var (person, text, take) = (wish.PersonId, wish.Pattern, wish.Take);
        var jobs = !wish.Wants("job") ? [] : await db.Jobs.AsNoTracking().Where(j => j.ContactId == wish.ContactId && ((j.StartedAt < until && j.StartedAt >= from && (person == null || j.StartedBy == person)) || (j.EndedAt < until && j.EndedAt >= from && (person == null || j.EndedBy == person)))
            && (text == null || EF.Functions.Like(ModuleDb.Fold(j.Title)!, text) || EF.Functions.Like(ModuleDb.Fold(j.EndedBecause)!, text))).OrderByDescending(j => j.StartedAt).Take(take).ToListAsync(ct);
        var stages = !wish.Wants("stage") ? [] : await db.Stages.AsNoTracking().Where(s => s.ContactId == wish.ContactId && s.Status == StageStatus.Done && s.DoneAt < until && s.DoneAt >= from && (person == null || s.DoneBy == person)
            && (text == null || EF.Functions.Like(ModuleDb.Fold(s.Title)!, text) || EF.Functions.Like(ModuleDb.Fold(s.Note)!, text))).OrderByDescending(s => s.DoneAt).Take(take).ToListAsync(ct);
        bool Within(DateTimeOffset? at, Guid? who) => at < until && at >= from && (person is null || who == person);
        var names = await users.CardsAsync([.. stages.Select(s => s.DoneBy).Concat(jobs.Select(j => j.StartedBy)).Concat(jobs.Select(j => j.EndedBy)).OfType<Guid>().Distinct()], ct);
        string? Name(Guid? id) => id is { } i && names.TryGetValue(i, out var card) ? card.Name : null;
        return
        [
            .. jobs.Where(j => Within(j.StartedAt, j.StartedBy)).Select(j => new TimelineItem(j.Id, j.StartedAt, "job", "route", Texts.Get("Job started: {0}", j.Title), "", Name(j.StartedBy), $"/jobs/{j.Id}"))
                .Concat(jobs.Where(j => j.IsOver && Within(j.EndedAt, j.EndedBy)).Select(j => new TimelineItem(j.Id, j.EndedAt!.Value, "job", j.Status == JobStatus.Finished ? "flag" : "flag-off",
                    Texts.Get(j.Status == JobStatus.Finished ? "Job finished: {0}" : "Job ended: {0}", j.Title), j.EndedBecause ?? "", Name(j.EndedBy), $"/jobs/{j.Id}")))
                .Concat(stages.Select(s => new TimelineItem(s.Id, s.DoneAt!.Value, "stage", "user-check", $"{s.Title}: {Texts.Get(s.Outcome!)}", s.Note ?? "", Name(s.DoneBy), $"/jobs/stages/{s.Id}")))
                .OrderByDescending(i => i.At).Take(take),
        ];
    }
}
