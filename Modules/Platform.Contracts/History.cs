using Crm.Core;

namespace Crm.Platform.Contracts;

/// <summary>One change of a record, as people read it.</summary>
/// <param name="Id">Id of the change, in order of time.</param>
/// <param name="At">When (UTC).</param>
/// <param name="Who">Name at the time.</param>
/// <param name="Through">Through what, as people say it: the entry of the menu, the API, a schedule, an event.</param>
/// <param name="Source">The same as it stands in the audit, for whoever has to know it exactly: a page's route, an event's name.</param>
/// <param name="Action">added, changed, deleted or restored.</param>
/// <param name="What">Kind of record, in the language of the moment.</param>
/// <param name="RecordId">The record or its part.</param>
/// <param name="Fields">What changed, from what, to what; in the language of the moment, ids as names where a module knows them.</param>
/// <param name="Name">The record's name, of a part that of its record; null where no module knows it or the user may not.</param>
public sealed record HistoryEntry(Guid Id, DateTimeOffset At, string Who, string Through, string Source, string Action, string What, Guid RecordId, IReadOnlyList<HistoryField> Fields, string? Name = null);

/// <summary>A field that changed.</summary>
/// <param name="Name">Title of the field.</param>
/// <param name="Old">What stood there; null for nothing.</param>
/// <param name="New">What stands there now; null for nothing.</param>
public sealed record HistoryField(string Name, string? Old, string? New);

/// <summary>
/// The history of one record with its parts. Shown by <c>&lt;partial name="/Modules/Platform/Shared/_History.cshtml" model="entries" /&gt;</c>.
/// The caller has asked whether the user may see the record.
/// </summary>
public interface IRecordHistory
{
    /// <summary>The latest changes, newest first.</summary>
    Task<IReadOnlyList<HistoryEntry>> OfAsync(Guid recordId, int take, CancellationToken ct);
}

/// <summary>A record whose history is shown.</summary>
/// <param name="Title">As people know it.</param>
/// <param name="Url">Its page.</param>
public sealed record HistoryTitle(string Title, string Url);

/// <summary>Says who sees a type of record, so that whoever sees it sees it as it was on a date: <c>/history/{entity}/{id}</c>. Types without one need the right to all history.</summary>
[Contribution]
public interface IHistoryOwner
{
    /// <summary>The name in the audit, schema and class: <c>contacts.Contact</c>.</summary>
    string Entity { get; }

    /// <summary>The record; null when there is none for this user.</summary>
    Task<HistoryTitle?> FindAsync(Guid id, CancellationToken ct);
}

/// <summary>A value as it stands in the audit.</summary>
/// <param name="Entity">Schema and class: <c>contacts.ContactAddress</c>.</param>
/// <param name="Property">Its field: <c>cityId</c>.</param>
/// <param name="Value">The id or the word that is stored.</param>
public sealed record HistoryValue(string Entity, string Property, string Value)
{
    /// <summary>The value as an id; null for anything else.</summary>
    public Guid? Id => Guid.TryParseExact(Value, "D", out var id) ? id : null;

    /// <summary>Those values that are a record itself, by its id: the lines of the history are called by them.</summary>
    /// <param name="values">What is asked.</param>
    /// <param name="entities">Schema and class of the records.</param>
    /// <param name="fields">Fields of other records that hold the id of such a one.</param>
    public static ILookup<Guid, HistoryValue> Records(IEnumerable<HistoryValue> values, string[] entities, params string[] fields) =>
        values.Where(v => v.Id is not null && (fields.Contains(v.Property) || (v.Property == "id" && entities.Contains(v.Entity)))).ToLookup(v => v.Id!.Value);

    /// <summary>Gives a record its name.</summary>
    public static void Name(Dictionary<HistoryValue, string> names, ILookup<Guid, HistoryValue> asked, Guid id, string? name)
    {
        ArgumentNullException.ThrowIfNull(names);
        ArgumentNullException.ThrowIfNull(asked);
        if (string.IsNullOrEmpty(name)) return;
        foreach (var value in asked[id]) names[value] = name;
    }

    /// <summary>Gives records their names; nothing is looked for when none of them is asked.</summary>
    /// <param name="names">Gets the names.</param>
    /// <param name="asked">What <see cref="Records"/> found.</param>
    /// <param name="find">Finds the records of these ids, as far as the user may see them.</param>
    /// <param name="ct">Stops it.</param>
    public static async Task NameAsync(Dictionary<HistoryValue, string> names, ILookup<Guid, HistoryValue> asked, Func<Guid[], IAsyncEnumerable<NamedRecord>> find, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(asked);
        ArgumentNullException.ThrowIfNull(find);
        if (asked.Count == 0) return;
        await foreach (var record in find([.. asked.Select(g => g.Key)]).WithCancellation(ct)) Name(names, asked, record.Id, record.Name);
    }
}

/// <summary>A record by its name, in the language of the moment; without one it stays unnamed.</summary>
public sealed record NamedRecord(Guid Id, string? Name);

/// <summary>Each module names what it knows, its own records first of all: base data, places, contacts, jobs … Asked once for a whole page of the history.</summary>
[Contribution]
public interface IHistoryNames
{
    /// <summary>Titles in the language of the moment; what the module does not know, or what the user may not see, is left out.</summary>
    Task<IReadOnlyDictionary<HistoryValue, string>> NamesAsync(IReadOnlyCollection<HistoryValue> values, CancellationToken ct);
}
