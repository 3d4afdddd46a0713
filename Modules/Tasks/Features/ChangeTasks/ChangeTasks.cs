using System.Globalization;
using Crm.Core;
using Crm.Platform.Contracts;
using Crm.Tasks.Data;
using Crm.Tasks.Domain;
using Crm.Tasks.Shared;
using FluentValidation;
using MediatR;

namespace Crm.Tasks.Features.ChangeTasks;

/// <summary>Sets one field of some tasks, hands them on, ends them: what a list does in place and in bulk. Answers how many were changed.</summary>
[Requires(TasksPermissions.See)]
internal sealed record ChangeTasksCommand(IReadOnlyCollection<Guid> Ids, string Field, IReadOnlyList<string> Values) : ICommand<int>;

internal sealed class ChangeTasksValidator : AbstractValidator<ChangeTasksCommand>
{
    public ChangeTasksValidator()
    {
        RuleFor(c => c.Ids).Must(i => i.Count is > 0 and <= 500).WithMessage("Too many values.");
        RuleFor(c => c.Field).NotEmpty();
        RuleFor(c => c.Values).Must(v => v.Count <= 50).WithMessage("Too many values.");
    }
}

internal sealed class ChangeTasksHandler(TasksDb db, ICurrentUser me, TimeProvider time, IUserDirectory users, INotifier notifier, DateView dates, ICustomFields custom) : IRequestHandler<ChangeTasksCommand, int>
{
    private const string Field = "value";

    public async Task<int> Handle(ChangeTasksCommand request, CancellationToken cancellationToken)
    {
        var change = await ReadAsync(request, cancellationToken);
        var tasks = await db.ToChangeAsync(request.Ids, cancellationToken);
        var told = new Dictionary<Guid, List<WorkTask>>();
        var changed = 0;
        foreach (var task in tasks)
        {
            var before = task.AssigneeIds;
            if (!change(task)) continue;
            changed++;
            db.Touch(task);
            foreach (var user in task.AssigneeIds.Except(before).Others(me)) (told.TryGetValue(user, out var of) ? of : told[user] = []).Add(task);
        }

        // Told once for all of them: a hundred lines in the bell would hide everything else.
        foreach (var (user, of) in told)
        {
            if (of.Count == 1) notifier.Notify([user], "{0} handed a task on to you: {1}", [me.Name, of[0].Title], TaskPeople.Url(of[0].Id));
            else notifier.Notify([user], "{0} handed {1} tasks on to you.", [me.Name, of.Count.ToString(CultureInfo.InvariantCulture)], "/tasks");
        }

        return changed;
    }

    private async Task<Func<WorkTask, bool>> ReadAsync(ChangeTasksCommand c, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        switch (c.Field)
        {
            case "priority":
                var priority = c.Values is [var text] && Enum.GetNames<TaskPriority>().Contains(text) ? Enum.Parse<TaskPriority>(text) : throw Wrong();
                return t => Put(t, t.Content with { Priority = priority });
            case "weight":
                var weight = Number(c.Values, 1, 100);
                return t => Put(t, t.Content with { Weight = weight });
            case "dueAt":
                DateTimeOffset? due = c.Values.Count == 0 ? null
                    : CustomValues.TryMoment(c.Values[0], dates, out var moment) ? moment : throw new InvalidInput(Field, "This is not a moment. Write it like {0}.", dates.Day(new DateOnly(2026, 4, 4)) + " " + PersianText.Digits("14:30"));
                return t => Put(t, t.Content with { DueAt = due, RemindBefore = due is null ? null : t.RemindBefore });
            case "percent":
                var percent = Number(c.Values, 0, 100);
                return t =>
                {
                    var was = t.Percent;
                    t.SetProgress(percent, now, me.Id);
                    return was != percent;
                };
            case "assignees":
                if (c.Values.Count == 0) throw new InvalidInput(Field, "This field is required.");
                var to = c.Values.Select(v => Guid.TryParse(v, out var id) ? id : throw Wrong()).Distinct().ToArray();
                await users.CheckAsync(Field, to, ct);
                return t => HandOn(t, to, now);
            case RecordVerb.Prefix + "complete":
                return t =>
                {
                    db.Ends(t);
                    t.Complete(null, now, me.Id);
                    if (t.CreatedBy is { } giver) notifier.Notify(new[] { giver }.Others(me), "{0} did the task: {1}", [me.Name, t.Title], TaskPeople.Url(t.Id));
                    return true;
                };
            case RecordVerb.Prefix + "cancel": return Do(t => t.Cancel(null, now, me.Id));
            case RecordVerb.Prefix + "reopen": return Do(t => t.Reopen(now, me.Id));
            case var key when key.StartsWith("custom.", StringComparison.Ordinal):
                var fields = await custom.OfAsync(Records.TaskRecords.RecordKey, ct);
                var input = new Dictionary<string, List<string?>> { [key["custom.".Length..]] = [.. c.Values] };
                return t => t.SetCustom(CustomValues.Apply(fields, t.Custom, input, me, dates, whole: false));
            default: throw new NotFound("field", c.Field);
        }

        bool Put(WorkTask task, TaskContent content)
        {
            if (task.Content == content) return false;
            task.Edit(task.Title, content, task.AssigneeIds, now, me.Id);
            return true;
        }

        Func<WorkTask, bool> Do(Action<WorkTask> act) => t =>
        {
            db.Ends(t);
            act(t);
            return true;
        };

        static InvalidInput Wrong() => new(Field, "Choose one of the list.");
    }

    // Who gave it says who has it; who only has it hands it on, and goes on seeing it.
    private bool HandOn(WorkTask task, Guid[] to, DateTimeOffset now)
    {
        if (task.AssigneeIds.ToHashSet().SetEquals(to)) return false;
        if (task.CreatedBy == me.Id || db.MayChangeOthers(task)) task.Edit(task.Title, task.Content, to, now, me.Id);
        else task.Refer(to, null, now, me.Id);
        return true;
    }

    private static int Number(IReadOnlyList<string> values, int least, int most) =>
        values is [var text] && CustomValues.TryNumber(text.TrimEnd('٪', '%'), out var n) && n == decimal.Truncate(n) && n >= least && n <= most ? (int)n : throw new InvalidInput(Field, "A whole number from {0} to {1}.", least.ToString(CultureInfo.InvariantCulture), most.ToString(CultureInfo.InvariantCulture));
}
