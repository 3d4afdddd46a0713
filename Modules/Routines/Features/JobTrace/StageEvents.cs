using Crm.Core;
using Crm.Platform.Contracts;
using Crm.Routines.Domain;

namespace Crm.Routines.Features.JobTrace;

/// <summary>What happened to a stage, as people read it.</summary>
internal static class StageEvents
{
    public static string Sentence(StageEvent e, DateView dates, IReadOnlyDictionary<Guid, UserCard> names)
    {
        var whom = Texts.List(e.UserIds.Where(names.ContainsKey).Select(u => names[u].Name));
        var by = e.By is { } id ? names.GetValueOrDefault(id)?.Name : null;
        var text = e.Kind switch
        {
            StageEventKind.Nobody => Texts.Get("Nobody was there to do it"),
            StageEventKind.Taken => Texts.Get("{0} took it", whom),
            StageEventKind.HandedOver => Texts.Get("{0} handed it over to {1}", by ?? "", whom),
            StageEventKind.DueMoved => Texts.Get("due moved from {0} to {1}", Moment(e.OldDueAt), Moment(e.NewDueAt)),
            _ when by is not null => Texts.Get("{0} gave it to {1}", by, whom),
            _ => Texts.Get("given to {0}, who is there now", whom),
        };
        var why = e.Cause is { Length: > 0 } cause ? Texts.Get(cause, e.Why ?? "") : e.Why;
        return why is { Length: > 0 } ? $"{text} ({why})" : text;

        string Moment(DateTimeOffset? at) => at is { } moment ? dates.DayAndTime(moment) : "—";
    }
}

/// <summary>Words of an approval, as people read them.</summary>
internal static class ApprovalWords
{
    public static string Sentence(ApprovalVote vote, IReadOnlyDictionary<Guid, UserCard> names)
    {
        string Name(Guid id) => names.GetValueOrDefault(id)?.Name ?? "—";
        var who = vote.By == vote.UserId ? Name(vote.UserId) : Texts.Get("{0} for {1}", Name(vote.By), Name(vote.UserId));
        var said = Texts.Get(vote.Agrees ? "{0} agreed" : "{0} refused", who);
        return vote.Note is { Length: > 0 } note ? $"{said}: {note}" : said;
    }
}
