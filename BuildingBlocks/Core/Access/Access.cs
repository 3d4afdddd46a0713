namespace Crm.Core;

/// <summary>The page, command or endpoint needs this permission.</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method, AllowMultiple = false)]
public sealed class RequiresAttribute(string permission) : Attribute
{
    /// <summary>Key of the permission, for example <c>contacts.add</c>.</summary>
    public string Permission { get; } = permission;
}

/// <summary>The page or command is for everybody who is signed in.</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
public sealed class SignedInAttribute : Attribute;

/// <summary>The page or command is for everybody, also without signing in. Rare; each use says why beside it.</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
public sealed class PublicAttribute : Attribute;

/// <summary>A right that roles are given.</summary>
/// <param name="Key">module.verb or module.things.verb.</param>
/// <param name="Title">English sentence (translation key).</param>
public sealed record Permission(string Key, string Title);

/// <summary>Contributes the permissions of a module.</summary>
public interface IPermissionSource
{
    /// <summary>All of them; keys are unique over the application (checked at start).</summary>
    IEnumerable<Permission> Permissions { get; }
}

/// <summary>What a user may do and how he wants to see things: a snapshot, at most five seconds old.</summary>
public sealed record UserAccess
{
    /// <summary>Id of the user.</summary>
    public required Guid Id { get; init; }

    /// <summary>Name as shown to people.</summary>
    public required string Name { get; init; }

    /// <summary>Sign-in name.</summary>
    public required string UserName { get; init; }

    /// <summary>Changes with the password and on deactivation: a cookie or Studio token made before is void. Roles need no new one: rights are looked up anew.</summary>
    public required string SecurityStamp { get; init; }

    /// <summary>False once deactivated: nothing is answered to this user.</summary>
    public required bool Active { get; init; }

    /// <summary>Administrators hold every permission.</summary>
    public required bool IsAdministrator { get; init; }

    /// <summary>Keys of all permissions of all roles.</summary>
    public required IReadOnlySet<string> Permissions { get; init; }

    /// <summary>Ids of the user's roles.</summary>
    public required IReadOnlyList<Guid> RoleIds { get; init; }

    /// <summary>True for head office: every branch.</summary>
    public required bool SeesAllBranches { get; init; }

    /// <summary>Branches whose records the user sees.</summary>
    public required IReadOnlyList<Guid> Branches { get; init; }

    /// <summary>Branch that new records get.</summary>
    public required Guid HomeBranch { get; init; }

    /// <summary><c>fa</c> or <c>en</c>.</summary>
    public string Language { get; init; } = "fa";

    /// <summary>The calendar, a setting of its own apart from the language.</summary>
    public CalendarKind Calendar { get; init; } = CalendarKind.Jalali;

    /// <summary>IANA name of the user's zone.</summary>
    public string TimeZone { get; init; } = Zones.Default;

    /// <summary><c>light</c>, <c>dark</c> or <c>auto</c>.</summary>
    public string Theme { get; init; } = "auto";

    /// <summary>The user and everybody in his units and the units below them.</summary>
    public IReadOnlyList<Guid> Team { get; init; } = [];

    /// <summary>Provinces that the scope «province» reaches.</summary>
    public IReadOnlyList<int> Provinces { get; init; } = [];

    /// <summary>How far the rights on records reach, where a role says other than «branch».</summary>
    public IReadOnlyDictionary<(string Record, Operation Operation), Scopes> Scopes { get; init; } = s_noScopes;

    /// <summary>Fields (<c>contacts.nationalId</c>) that the user is not shown.</summary>
    public IReadOnlySet<string> HiddenFields { get; init; } = s_noFields;

    /// <summary>Fields that the user does not change; hidden ones are among them.</summary>
    public IReadOnlySet<string> ReadOnlyFields { get; init; } = s_noFields;

    private static readonly Dictionary<(string, Operation), Scopes> s_noScopes = [];
    private static readonly HashSet<string> s_noFields = [];

    /// <summary>How far the user's rights on a kind of record reach: «branch» where no role says otherwise. Says nothing about whether he holds the right: <see cref="Can"/> does.</summary>
    /// <param name="record">As the API calls it, for example <c>contacts</c>.</param>
    /// <param name="operation">What is done.</param>
    public Scopes ScopeOf(string record, Operation operation = Operation.See) => Scopes.TryGetValue((record, operation), out var scopes) ? scopes : Core.Scopes.Branch;

    /// <summary>Whether the user is not shown this field of a kind of record.</summary>
    public bool Hides(string record, string field) => HiddenFields.Count > 0 && HiddenFields.Contains(record + "." + field);

    /// <summary>Whether the user must not change this field of a kind of record.</summary>
    public bool ReadOnly(string record, string field) => ReadOnlyFields.Count > 0 && ReadOnlyFields.Contains(record + "." + field);

    /// <summary>Whether the user holds the permission.</summary>
    public bool Can(string permission) => Active && (IsAdministrator || Permissions.Contains(permission));
}

/// <summary>Who acts in this scope. Filled once at the edge: by the web pipeline, a token, or a background job that says why.</summary>
public interface ICurrentUser
{
    /// <summary>The person, or null when the system itself acts or nobody is signed in.</summary>
    UserAccess? Access { get; }

    /// <summary>Id of the person, or null.</summary>
    Guid? Id { get; }

    /// <summary>Name for audit: the person's, or what the system does.</summary>
    string Name { get; }

    /// <summary>True for background work that acts as the system.</summary>
    bool IsSystem { get; }

    /// <summary>Whether every branch is visible (head office, system without a branch).</summary>
    bool SeesAllBranches { get; }

    /// <summary>Visible branches; empty means no rows at all: it fails closed.</summary>
    Guid[] VisibleBranches { get; }

    /// <summary>Branch of new records.</summary>
    Guid HomeBranch { get; }

    /// <summary>Through what the change comes: a page's route, <c>api</c>, a routine's run, an import, a job. Stands in the audit.</summary>
    string Through { get; }

    /// <summary>Whether the person (or the system) may do this.</summary>
    bool Can(string permission);

    /// <summary>How far an operation on a kind of record reaches; nobody reaches nothing.</summary>
    Reach ReachOf(string record, Operation operation = Operation.See);

    /// <summary>Whether this field of a kind of record is not shown.</summary>
    bool Hides(string record, string field);

    /// <summary>Whether this field of a kind of record must not be changed.</summary>
    bool ReadOnly(string record, string field);

    /// <summary>The administrator who looks at the application as <see cref="Access"/>: nothing may be changed meanwhile. Null usually.</summary>
    UserAccess? ViewedBy { get; }
}

/// <summary>The scoped, fillable side of <see cref="ICurrentUser"/>.</summary>
public sealed class CurrentUser : ICurrentUser
{
    private readonly Dictionary<(string, Operation), Reach> _reaches = [];
    private bool _system;
    private Guid? _systemBranch;
    private string _systemName = "";

    /// <inheritdoc/>
    public UserAccess? Access { get; private set; }

    /// <inheritdoc/>
    public Guid? Id => Access?.Id;

    /// <inheritdoc/>
    public string Name => Access?.Name ?? _systemName;

    /// <inheritdoc/>
    public bool IsSystem => _system;

    /// <inheritdoc/>
    public bool SeesAllBranches => _system ? _systemBranch is null : Access is { Active: true, SeesAllBranches: true };

    /// <inheritdoc/>
    public Guid[] VisibleBranches => _system ? (_systemBranch is { } b ? [b] : []) : Access is { Active: true } a ? [.. a.Branches] : [];

    /// <inheritdoc/>
    public Guid HomeBranch => _system ? _systemBranch ?? Branches.HeadOffice : Access?.HomeBranch ?? Guid.Empty;

    /// <inheritdoc/>
    public string Through { get; private set; } = "";

    /// <inheritdoc/>
    public bool Can(string permission) => _system || Access is not null && Access.Can(permission);

    /// <inheritdoc/>
    public UserAccess? ViewedBy { get; private set; }

    /// <inheritdoc/>
    public Reach ReachOf(string record, Operation operation = Operation.See)
    {
        if (_system) return _systemBranch is { } branch ? Reach.OfBranch(branch) : Reach.Everything;
        if (Access is null) return Reach.Nothing;
        if (!_reaches.TryGetValue((record, operation), out var reach)) _reaches[(record, operation)] = reach = Reach.Of(Access.ScopeOf(record, operation), Access);
        return reach;
    }

    /// <inheritdoc/>
    public bool Hides(string record, string field) => Access is not null && Access.Hides(record, field);

    /// <inheritdoc/>
    public bool ReadOnly(string record, string field) => Access is not null && Access.ReadOnly(record, field);

    /// <summary>An administrator looks at the application as somebody else; nothing may be changed. What is looked at are the rights: language, calendar, zone and colours stay those of who reads.</summary>
    public void View(UserAccess access, UserAccess viewer, string through)
    {
        ArgumentNullException.ThrowIfNull(access);
        ArgumentNullException.ThrowIfNull(viewer);
        Become(access with { Language = viewer.Language, Calendar = viewer.Calendar, TimeZone = viewer.TimeZone, Theme = viewer.Theme }, through);
        ViewedBy = viewer;
    }

    /// <summary>A person acts.</summary>
    public void Become(UserAccess access, string through)
    {
        Access = access;
        ViewedBy = null;
        _reaches.Clear();
        _system = false;
        Through = through;
    }

    /// <summary>The system acts, over all branches or within one.</summary>
    /// <param name="why">What it does; stands in the audit, for example <c>outbox: tasks.when-stage-opened</c>.</param>
    /// <param name="branch">Null for all branches.</param>
    public void BecomeSystem(string why, Guid? branch = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(why);
        Access = null;
        ViewedBy = null;
        _system = true;
        _systemBranch = branch;
        _systemName = why;
        Through = why;
    }
}

/// <summary>Well-known branches.</summary>
public static class Branches
{
    /// <summary>The head office: exists from the first start, home of everything until branches are made.</summary>
    public static readonly Guid HeadOffice = new("01900000-0000-7000-8000-000000000001");
}

/// <summary>Looks up what a user may do. Implemented by Platform, cached for at most five seconds and dropped at once when a user or role changes.</summary>
public interface IUserAccessSource
{
    /// <summary>The snapshot, or null when there is no such user.</summary>
    ValueTask<UserAccess?> FindAsync(Guid userId, CancellationToken ct);
}
