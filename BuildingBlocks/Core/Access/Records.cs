using Microsoft.Extensions.DependencyInjection;

namespace Crm.Core;

/// <summary>What is done to records; each is a permission of its own where a module declares one.</summary>
public enum Operation
{
    /// <summary>Find and read.</summary>
    See,

    /// <summary>Add new ones.</summary>
    Add,

    /// <summary>Change.</summary>
    Change,

    /// <summary>Move to the recycle bin, and bring back.</summary>
    Delete,

    /// <summary>Remove for good.</summary>
    Purge,

    /// <summary>Take out as a file.</summary>
    Export,

    /// <summary>Print: labels, envelopes, cards.</summary>
    Print,

    /// <summary>See reports over them.</summary>
    Report,

    /// <summary>Send to them.</summary>
    Send,
}

/// <summary>
/// How far a right reaches. A role gives one per permission; who holds several roles has all of them together, so that the widest counts. Own, team and branch stay within the branches the user sees;
/// province and all go beyond (adr/0012).
/// </summary>
[Flags]
public enum Scopes
{
    /// <summary>Nowhere.</summary>
    None = 0,

    /// <summary>Records one is in charge of.</summary>
    Own = 1,

    /// <summary>Those of everybody in one's units and in the units below them.</summary>
    Team = 2,

    /// <summary>Everything in the branches one sees.</summary>
    Branch = 4,

    /// <summary>Everything in one's provinces, whatever the branch.</summary>
    Province = 8,

    /// <summary>Everything, in every branch.</summary>
    All = 16,
}

/// <summary>What a role does to a field of a record.</summary>
public enum FieldRule
{
    /// <summary>Shown and changed as usual.</summary>
    Open,

    /// <summary>Shown, never changed.</summary>
    ReadOnly,

    /// <summary>Neither shown nor found nor changed.</summary>
    Hidden,
}

/// <summary>A field that roles can hide or make read-only.</summary>
/// <param name="Name">As the API calls it, for example <c>nationalId</c>.</param>
/// <param name="Title">English sentence (translation key).</param>
/// <param name="Hideable">False for what the record is known by: it can only be made read-only.</param>
public sealed record RecordField(string Name, string Title, bool Hideable = true)
{
    /// <summary>Properties of the entity that hold it, where they are not called like the field.</summary>
    public string[] Properties { get; init; } = [char.ToUpperInvariant(Name[0]) + Name[1..]];

    /// <summary>Whether records are found by it: who does not see it finds them by their title only.</summary>
    public bool Searched { get; init; }

    /// <summary>Name of the entity whose rows hold it (a contact's telephones), where it is no property.</summary>
    public string? Part { get; init; }

    /// <summary>A record can't begin without it: who adds one says it although it is closed to him. All other closed fields begin as they do by themselves.</summary>
    public bool Begins { get; init; }
}

/// <summary>A kind of record that rights are given on: its operations, what scopes mean for it, its fields. One declaration a kind; the role's page, the snapshot and all checks follow.</summary>
public sealed record RecordRights
{
    /// <summary>As the API calls it, for example <c>contacts</c>.</summary>
    public required string Key { get; init; }

    /// <summary>English sentence (translation key).</summary>
    public required string Title { get; init; }

    /// <summary>Place among all kinds on the role's page.</summary>
    public int Order { get; init; }

    /// <summary>The permission of each operation there is. Several operations may share one.</summary>
    public required IReadOnlyDictionary<Operation, string> Permissions { get; init; }

    /// <summary>The permission that shows one's own, where that is another than the one that scopes are given on: whose roles have it are asked about fields.</summary>
    public string? Sees { get; init; }

    /// <summary>What makes a record one's own: an English sentence (translation key).</summary>
    public required string Own { get; init; }

    /// <summary>Scopes a role may choose. Without a place there is no province.</summary>
    public Scopes Offered { get; init; } = Scopes.Own | Scopes.Team | Scopes.Branch | Scopes.Province | Scopes.All;

    /// <summary>Key of the kind these records hang on: who does not see that record does not see these.</summary>
    public string? Parent { get; init; }

    /// <summary>Fields that can be hidden or made read-only.</summary>
    public IReadOnlyList<RecordField> Fields { get; init; } = [];
}

/// <summary>Contributes the kinds of record of a module.</summary>
[Contribution(ServiceLifetime.Singleton)]
public interface IRecordRightsSource
{
    /// <summary>All of them; keys are unique over the application.</summary>
    IEnumerable<RecordRights> Records { get; }
}

/// <summary>
/// How far one user reaches with one operation on one kind of record, in the parts a condition is made of. A part that is null is no part of the condition: it is left out of the statement, so that each
/// kind of reach gets a plan (and an index) of its own.
/// </summary>
public sealed class Reach
{
    /// <summary>No record at all.</summary>
    public static readonly Reach Nothing = new();

    /// <summary>Every record.</summary>
    public static readonly Reach Everything = new() { All = true };

    /// <summary>True: every record.</summary>
    public bool? All { get; init; }

    /// <summary>True: everything inside the wall.</summary>
    public bool? ByBranch { get; init; }

    /// <summary>True: what the people are in charge of, inside the wall.</summary>
    public bool? ByPerson { get; init; }

    /// <summary>The wall is open: every branch.</summary>
    public bool? AnyBranch { get; init; }

    /// <summary>The wall: one branch. Asked by equality, which an index gives in order.</summary>
    public Guid? OneBranch { get; init; }

    /// <summary>The wall: several branches.</summary>
    public Guid[]? Branches { get; init; }

    /// <summary>The person himself.</summary>
    public Guid? OnePerson { get; init; }

    /// <summary>The team.</summary>
    public Guid[]? People { get; init; }

    /// <summary>The person's roles: what waits for a role and is in nobody's hands yet is everybody's who has it.</summary>
    public Guid[]? Roles { get; init; }

    /// <summary>The provinces.</summary>
    public int[]? Provinces { get; init; }

    /// <summary>True when nothing inside the wall is left out, so what hangs on these records needs no look at them.</summary>
    public bool? Open => All ?? ByBranch;

    /// <summary>True where more than the wall has to be asked.</summary>
    public bool? Asks => All is null && (ByPerson is not null || Provinces is not null) ? true : null;

    /// <summary>The reach of scopes for a user.</summary>
    /// <param name="scopes">What the roles give.</param>
    /// <param name="user">Whose.</param>
    public static Reach Of(Scopes scopes, UserAccess user)
    {
        ArgumentNullException.ThrowIfNull(user);
        if (!user.Active || scopes == Scopes.None) return Nothing;
        if (scopes.HasFlag(Scopes.All) || (scopes.HasFlag(Scopes.Branch) && user.SeesAllBranches)) return Everything;
        int[]? provinces = scopes.HasFlag(Scopes.Province) && user.Provinces.Count > 0 ? [.. user.Provinces] : null;
        Guid? one = null;
        Guid[]? several = null;
        if (user.Branches.Count == 1) one = user.Branches[0];
        else several = [.. user.Branches];
        bool? any = user.SeesAllBranches ? true : null;
        if (any is not null) (one, several) = (null, null);
        if (scopes.HasFlag(Scopes.Branch)) return new() { ByBranch = true, AnyBranch = any, OneBranch = one, Branches = several, Provinces = provinces };
        if (!scopes.HasFlag(Scopes.Own) && !scopes.HasFlag(Scopes.Team)) return new() { Provinces = provinces };
        var people = scopes.HasFlag(Scopes.Team) && user.Team.Count > 1 ? user.Team : [user.Id];
        return new()
        {
            ByPerson = true, AnyBranch = any, OneBranch = one, Branches = several, Provinces = provinces,
            OnePerson = people.Count == 1 ? people[0] : null, People = people.Count == 1 ? null : [.. people], Roles = [.. user.RoleIds],
        };
    }

    /// <summary>The reach of the system within one branch.</summary>
    public static Reach OfBranch(Guid branch) => new() { ByBranch = true, OneBranch = branch };

    /// <summary>Whether a branch lies inside the wall.</summary>
    public bool InWall(Guid branch) => AnyBranch is not null || branch == OneBranch || (Branches is { } b && b.Contains(branch));

    /// <summary>Whether a person is one of those in charge.</summary>
    public bool IsOne(Guid? person) => person is { } p && (p == OnePerson || (People is { } many && many.Contains(p)));
}
