using System.Globalization;
using System.Text.Json.Nodes;
using Crm.Core;
using Crm.Platform.Contracts;
using Crm.Routines.Activities;
using Crm.Routines.Data;
using Crm.Routines.Domain;
using Crm.Routines.Features.JobRail;
using Crm.Routines.Runtime;
using Crm.Workflows;
using Microsoft.EntityFrameworkCore;

namespace Crm.Routines.Features.JobTrace;

/// <summary>How a box of the drawing stands.</summary>
internal enum BoxState
{
    NotReached,
    Done,
    Here,
    Failed,
    TakenBack,
}

internal sealed record TraceBox(string Id, string Title, string Type, double X, double Y, double Width, double Height, BoxState State, int Times);

internal sealed record TraceArrow(string Path, string Label, double LabelX, double LabelY, bool Followed);

/// <summary>The drawing with the path taken.</summary>
internal sealed record TraceDrawing(double Left, double Top, double Width, double Height, IReadOnlyList<TraceBox> Boxes, IReadOnlyList<TraceArrow> Arrows);

/// <summary>One step: an execution of a box.</summary>
internal sealed record TraceStep
{
    public required Guid Id { get; init; }

    /// <summary>The box in the drawing of the job's present version.</summary>
    public required string ActivityId { get; set; }

    public required string Title { get; set; }

    public required string Type { get; init; }

    public DateTimeOffset StartedAt { get; init; }

    public DateTimeOffset? EndedAt { get; set; }

    public BoxState State { get; set; } = BoxState.Here;

    public string? Outcome { get; set; }

    public string? Message { get; set; }

    public string? Who { get; set; }

    public string? Note { get; set; }

    public IReadOnlyList<ShownAnswer> Answers { get; set; } = [];

    public IReadOnlyList<StoredFile> Files { get; set; } = [];

    public DateTimeOffset? DueAt { get; set; }

    /// <summary>What happened to it meanwhile.</summary>
    public IReadOnlyList<(DateTimeOffset At, string Text)> Events { get; set; } = [];
}

/// <summary>What a job did so far: steps in order, and the drawing.</summary>
internal sealed record JobTraceView(IReadOnlyList<TraceStep> Steps, TraceDrawing? Drawing, bool Cut);

internal sealed class JobTraces(RoutinesDb db, JobVersions versions, IUserDirectory users, IFileStore files, Answers shown, ICurrentUser me)
{
    private const int MaxLines = 5_000;

    public async Task<JobTraceView> OfAsync(Job job, CancellationToken ct)
    {
        var version = await versions.OfAsync(job.VersionId, ct);
        var journal = await db.Set<JournalRow>().AsNoTracking().Where(j => j.JobId == job.Id).OrderBy(j => j.Seq).Take(MaxLines).ToListAsync(ct);
        var steps = new Dictionary<Guid, TraceStep>();
        var followed = new HashSet<(string, string, string)>();
        // Before a move the job was on another version, whose boxes this one may not have.
        var moves = new Queue<(long Seq, Guid? From)>(await MovesAsync(journal, ct));
        var now = version;
        var (lines, names) = (version, (IReadOnlyDictionary<string, string>?)null);
        async Task GoOnAsync()
        {
            lines = moves.TryPeek(out var next) && next.From is { } between ? await versions.OfAsync(between, ct) : now;
            names = lines == now ? null : VersionPairs.Match(VersionPairs.Flatten(lines.Routine.Workflow), VersionPairs.Flatten(now.Routine.Workflow), Versions.BoxTitles.Of);
        }

        var moved = moves.Count > 0;
        if (moved) await GoOnAsync();
        foreach (var line in journal)
        {
            if (line.Event == JournalEvent.Moved)
            {
                moves.Dequeue();
                await GoOnAsync();
                steps[Crm.Routines.Domain.Keys.Of(job.Id, $"moved:{line.Seq}")] = MovedStep(line);
                continue;
            }

            if (lines.Routine.Workflow.Find(line.ActivityId) is not { } node || node.Children.Count > 0) continue;
            if (!steps.TryGetValue(line.ExecutionId, out var step))
                steps[line.ExecutionId] = step = new TraceStep { Id = line.ExecutionId, ActivityId = names?.GetValueOrDefault(node.Key) ?? node.Id, Title = JobRails.TitleOf(node), Type = node.Type, StartedAt = line.At };
            Take(step, line, id => names?.GetValueOrDefault(id) ?? id, node, followed);
        }

        // What a moved job stands at is called as the new version does.
        if (moved && await db.Set<JobState>().AsNoTracking().FirstOrDefaultAsync(s => s.JobId == job.Id, ct) is { } row)
            foreach (var execution in WorkflowState.Parse(row.State).Executions)
                if (steps.TryGetValue(execution.Id, out var here) && now.Routine.Workflow.Find(execution.Activity) is { } box) (here.ActivityId, here.Title) = (box.Id, JobRails.TitleOf(box));

        await AddReasonsAsync(job, steps, ct);
        await AddStagesAsync(job, steps, ct);
        return new JobTraceView([.. steps.Values], Draw(version.Routine.Workflow.Root, [.. steps.Values.Select(s => (s.ActivityId, s.State))], followed), journal.Count == MaxLines);
    }

    // The journal keeps the reason in one language, the same for ever; the incident keeps what it is made of.
    private async Task AddReasonsAsync(Job job, Dictionary<Guid, TraceStep> steps, CancellationToken ct)
    {
        // Also of a step that was passed over or tried again since.
        var failed = steps.Values.Where(s => s.Message is not null && s.Type != "Elsa.WriteLine").Select(s => s.Id).ToArray();
        if (failed.Length == 0) return;
        foreach (var incident in await db.Incidents.AsNoTracking().Where(i => i.JobId == job.Id && i.ExecutionId != null && failed.Contains(i.ExecutionId.Value)).OrderBy(i => i.At).ToListAsync(ct))
            steps[incident.ExecutionId!.Value].Message = IncidentTexts.Of(incident);
    }

    // The line tells the version it left by Elsa's id.
    private async Task<IReadOnlyList<(long, Guid?)>> MovesAsync(List<JournalRow> journal, CancellationToken ct)
    {
        var moves = journal.Where(l => l.Event == JournalEvent.Moved).Select(l => (l.Seq, From: JsonNode.Parse(l.Entry)?["payload"]?["fromVersionId"]?.ToString())).ToList();
        if (moves.Count == 0) return [];
        var ids = moves.Select(m => m.From).OfType<string>().ToArray();
        var known = await db.Set<Definitions.RoutineVersion>().AsNoTracking().Where(v => ids.Contains(v.VersionId) && v.PublishedAt != null).Select(v => new { v.VersionId, v.Id }).ToDictionaryAsync(v => v.VersionId, v => v.Id, ct);
        return [.. moves.Select(m => (m.Seq, m.From is { } from && known.TryGetValue(from, out var id) ? id : (Guid?)null))];
    }

    private static TraceStep MovedStep(JournalRow line)
    {
        var payload = JsonNode.Parse(line.Entry)?["payload"];
        string Number(string name) => PersianText.Digits(payload?[name]?.ToString() ?? "");
        return new TraceStep
        {
            Id = line.ExecutionId, ActivityId = "", Title = Texts.Get("Moved from version {0} to {1}", Number("from"), Number("to")), Type = "", StartedAt = line.At, EndedAt = line.At, State = BoxState.Done,
            Who = payload?["by"]?.ToString(), Message = payload?["undo"] is null ? null : Texts.Get("The move was taken back."),
        };
    }

    private static void Take(TraceStep step, JournalRow line, Func<string, string> named, WorkflowNode node, HashSet<(string, string, string)> followed)
    {
        switch (line.Event)
        {
            case JournalEvent.Completed:
                step.State = BoxState.Done;
                step.EndedAt = line.At;
                if (JsonNode.Parse(line.Entry) is not JsonObject entry) break;
                step.Outcome = entry["outcomes"] is JsonArray { Count: > 0 } outcomes ? Texts.List(outcomes.Select(o => Texts.Get(o!.ToString()))) : null;
                if (node.Type == "Elsa.WriteLine") step.Message = entry["message"]?.ToString();
                foreach (var arrow in entry["followed"] as JsonArray ?? []) followed.Add((named(node.Id), arrow!["port"]!.ToString(), named(arrow["target"]!.ToString())));
                break;
            case JournalEvent.Faulted:
                step.State = BoxState.Failed;
                step.Message = JsonNode.Parse(line.Entry)?["message"]?.ToString();
                break;
            case JournalEvent.Canceled:
                step.State = BoxState.TakenBack;
                step.EndedAt = line.At;
                break;
            default:
                // Begun, waits, or tried again after a failure.
                step.State = BoxState.Here;
                break;
        }
    }

    private async Task AddStagesAsync(Job job, Dictionary<Guid, TraceStep> steps, CancellationToken ct)
    {
        var stages = await db.Stages.AsNoTracking().Where(s => s.JobId == job.Id).ToListAsync(ct);
        Guid[] ids = [.. steps.Values.Where(s => s.Type is Stage.TypeName or Approve.TypeName or WaitForWorkingTime.TypeName).Select(s => s.Id)];
        if (ids.Length == 0) return;
        var events = (await db.Set<StageEvent>().AsNoTracking().Where(e => ids.Contains(e.StageItemId)).OrderBy(e => e.At).ThenBy(e => e.Id).ToListAsync(ct)).ToLookup(e => e.StageItemId);
        var names = await users.CardsAsync([.. stages.SelectMany(s => s.UserIds.Append(s.DoneBy ?? Guid.Empty).Append(s.DoneFor ?? Guid.Empty)).Concat(stages.SelectMany(s => s.Votes).SelectMany(v => new[] { v.UserId, v.By })).Concat(events.SelectMany(g => g).SelectMany(e => e.UserIds.Append(e.By ?? Guid.Empty))).Distinct()], ct);
        var dates = DateView.Of(me.Access);
        var laid = await files.OfAsync(StageFiles.Owner, [.. stages.Select(s => s.Id)], ct);
        foreach (var id in ids) steps[id].Events = [.. events[id].Select(e => (e.At, StageEvents.Sentence(e, dates, names)))];
        foreach (var stage in stages)
        {
            if (!steps.TryGetValue(stage.Id, out var step)) continue;
            step.Who = stage.DoneBy is { } by ? names.GetValueOrDefault(by)?.Name : Texts.List(stage.UserIds.Select(u => names.GetValueOrDefault(u)?.Name).OfType<string>());
            if (stage.DoneFor is { } away && step.Who is { } did && names.GetValueOrDefault(away) is { } whom) step.Who = Texts.Get("{0} for {1}", did, whom.Name);
            step.Events = [.. step.Events, .. stage.Votes.Select(v => (v.At, ApprovalWords.Sentence(v, names)))];
            step.Note = stage.Note;
            step.DueAt = stage.DueAt;
            step.Files = [.. laid[stage.Id]];
            if (stage.AnswersJson is { } text && JsonNode.Parse(text) is JsonObject answers)
                step.Answers = await shown.ShowAsync(stage.Design, answers, stage.ContactId is { } c ? new FormSubject("contacts", c, false) : null, ct);
        }
    }

    /// <summary>A drawing that nothing has gone through yet.</summary>
    public static TraceDrawing? Draw(WorkflowNode root) => Draw(root, [], new HashSet<(string, string, string)>());

    /// <summary>The drawing with a path in it.</summary>
    /// <param name="root">The drawing.</param>
    /// <param name="steps">Boxes in the order they were reached, and how each stands.</param>
    /// <param name="followed">Arrows that were followed: from, outcome, to.</param>
    public static TraceDrawing? Draw(WorkflowNode root, IReadOnlyCollection<(string ActivityId, BoxState State)> steps, IReadOnlySet<(string, string, string)> followed)
    {
        if (root.Children.Count == 0) return null;
        var places = Places(root);
        var boxes = root.Children.Select(n =>
        {
            var own = steps.Where(s => s.ActivityId == n.Id).ToList();
            var state = own.Count == 0 ? BoxState.NotReached
                : own.Any(s => s.State == BoxState.Failed) ? BoxState.Failed : own.Any(s => s.State == BoxState.Here) ? BoxState.Here : own[^1].State;
            var (x, y, w, h) = places[n.Id];
            return new TraceBox(n.Id, JobRails.TitleOf(n), n.Type, x, y, w, h, state, own.Count);
        }).ToList();
        var byId = boxes.ToDictionary(b => b.Id);
        var arrows = new List<TraceArrow>();
        foreach (var c in root.Activity.Connections)
        {
            if (!byId.TryGetValue(c.Source, out var from) || !byId.TryGetValue(c.Target, out var to)) continue;
            var outcomes = root.Activity.Connections.Where(o => o.Source == c.Source).Select(o => o.SourcePort).Distinct().ToList();
            arrows.Add(Arrow(from, to, outcomes.Count > 1 || c.SourcePort != "Done" ? Port(c.SourcePort) : "", outcomes.IndexOf(c.SourcePort), outcomes.Count, followed.Contains((c.Source, c.SourcePort, c.Target))));
        }

        // An arrow back swings around the box it leaves and the one it comes to.
        var swings = root.Activity.Connections.Where(c => byId.TryGetValue(c.Source, out var from) && byId.TryGetValue(c.Target, out var to) && GoesBack(from, to)).ToList();
        var left = boxes.Select(b => b.X).Concat(swings.Select(c => byId[c.Target].X - Swing)).Min() - 24;
        var right = boxes.Select(b => b.X + b.Width).Concat(swings.Select(c => byId[c.Source].X + byId[c.Source].Width + Swing)).Max() + 24;
        var top = boxes.Min(b => b.Y) - 24;
        return new TraceDrawing(left, top, right - left, boxes.Max(b => b.Y + b.Height) + 40 - top, boxes, arrows);
    }

    // The engine's own outcomes have a translation; what a process owner named stands there as he wrote it.
    private static string Port(string name) => name.All(char.IsAscii) ? Texts.Get(name) : name;

    private const double Swing = 50;

    private static bool GoesBack(TraceBox from, TraceBox to) => to.X < from.X + from.Width;

    private static TraceArrow Arrow(TraceBox from, TraceBox to, string label, int index, int count, bool followed)
    {
        var x1 = from.X + from.Width;
        var y1 = from.Y + (from.Height * (index + 1) / (count + 1));
        var x2 = to.X;
        var y2 = to.Y + (to.Height / 2);
        // Back to an earlier box: below both of them.
        if (GoesBack(from, to))
        {
            var low = Math.Max(from.Y + from.Height, to.Y + to.Height) + 24;
            return new TraceArrow(Invariant($"M{x1},{y1} C{x1 + Swing},{y1} {x1 + Swing},{low} {(x1 + x2) / 2},{low} S{x2 - Swing},{y2} {x2},{y2}"), label, (x1 + x2) / 2, low - 4, followed);
        }

        var bend = Math.Max(30, (x2 - x1) / 2);
        return new TraceArrow(Invariant($"M{x1},{y1} C{x1 + bend},{y1} {x2 - bend},{y2} {x2},{y2}"), label, x1 + 10, y1 - 5, followed);
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    // Where the designer put them; a drawing that came without places (imported, written by hand) is laid out in columns by distance from the start.
    private static Dictionary<string, (double X, double Y, double W, double H)> Places(WorkflowNode root)
    {
        const double w = 190, h = 60;
        var given = root.Children.Select(n => (Node: n, Place: n.Activity.Json["metadata"]?["designer"]?["position"] as JsonObject)).ToList();
        if (given.All(g => g.Place is not null))
            return given.ToDictionary(g => g.Node.Id, g => (Number(g.Place!["x"]), Number(g.Place!["y"]), Math.Max(120, Number(g.Node.Activity.Json["metadata"]?["designer"]?["size"]?["width"], w)), Math.Max(44, Number(g.Node.Activity.Json["metadata"]?["designer"]?["size"]?["height"], h))));
        var column = root.Children.ToDictionary(n => n.Id, _ => 0);
        var arrows = root.Activity.Connections;
        // Longest way from a start, loops cut off by the number of boxes.
        for (var round = 0; round < Math.Min(root.Children.Count, 60); round++)
        {
            foreach (var c in arrows)
                if (column.TryGetValue(c.Source, out var from) && column.TryGetValue(c.Target, out var to) && to <= from && from + 1 < root.Children.Count && Order(root, c.Target) > Order(root, c.Source)) column[c.Target] = from + 1;
        }

        return root.Children.GroupBy(n => column[n.Id]).SelectMany(g => g.Select((n, i) => (n.Id, Place: (g.Key * (w + 80), i * (h + 50), w, h)))).ToDictionary(p => p.Id, p => p.Place);
    }

    private static int Order(WorkflowNode root, string id)
    {
        for (var i = 0; i < root.Children.Count; i++)
            if (root.Children[i].Id == id) return i;
        return -1;
    }

    private static double Number(JsonNode? node, double otherwise = 0) => node is JsonValue v && double.TryParse(v.ToString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var n) && double.IsFinite(n) ? n : otherwise;
}

/// <summary>One answer as people read it; files are opened and pictures looked at where it stands.</summary>
internal sealed record ShownAnswer(string Label, string Value)
{
    public IReadOnlyList<CustomFile> Files { get; init; } = [];

    public bool IsPicture { get; init; }
}

/// <summary>Answers as people read them: label and text, with the names of what they link to.</summary>
internal sealed class Answers(IFormSheets sheets)
{
    public async Task<IReadOnlyList<ShownAnswer>> ShowAsync(FormDesign design, JsonObject answers, FormSubject? subject, CancellationToken ct)
    {
        var sheet = await sheets.OpenAsync(design, subject, [], ct);
        var names = await sheets.NamesAsync(sheet, answers, ct);
        return [.. sheet.Fields.Where(f => f.Kind != FieldKind.Note && !FormCondition.IsEmpty(answers[f.Name])).Select(f => new ShownAnswer(f.Label.Value, sheet.Shown(f, answers[f.Name], id => names.GetValueOrDefault((f.Name, id))?.Text))
        {
            Files = f.Kind switch
            {
                FieldKind.Files => [.. (answers[f.Name] as JsonArray ?? []).Select(CustomFile.Of).OfType<CustomFile>()],
                FieldKind.Picture or FieldKind.Signature when CustomFile.Of(answers[f.Name]) is { } one => [one],
                _ => [],
            },
            IsPicture = f.Kind is FieldKind.Picture or FieldKind.Signature,
        })];
    }
}

/// <summary>Files of stages in the file store.</summary>
internal static class StageFiles
{
    public const string Owner = "routines.stage";
}
