namespace Crm.Core;

/// <summary>
/// An error a person can do something about. Its message is an English sentence that is also the translation key;
/// <see cref="Args"/> fill the <c>{0}</c> in it after translation. Everything that is not one of these is a bug and travels untouched.
/// </summary>
public abstract class CrmException(string message, params object?[] args) : Exception(message)
{
    /// <summary>Values for the placeholders of the message.</summary>
    public object?[] Args { get; } = args;

    /// <summary>The message in the language of the moment.</summary>
    public string Localized => Texts.Get(Message, Args);
}

/// <summary>Input that can't be taken, by field (422 in the API; beside the field on a page).</summary>
public sealed class InvalidInput : CrmException
{
    /// <summary>One field, one message.</summary>
    public InvalidInput(string field, string message, params object?[] args) : base(message, args) => Fields = [(field, message, args)];

    /// <summary>Several at once.</summary>
    public InvalidInput(IReadOnlyList<(string Field, string Message, object?[] Args)> fields) : base("Some fields need attention.") => Fields = fields;

    /// <summary>Field (path of the command's property; empty for the whole), message key, arguments.</summary>
    public IReadOnlyList<(string Field, string Message, object?[] Args)> Fields { get; }
}

/// <summary>A rule of the business forbids it now (409).</summary>
/// <param name="code">Stable code for callers, for example <c>job.ended</c>.</param>
public sealed class RuleBroken(string code, string message, params object?[] args) : CrmException(message, args)
{
    /// <summary>Stable code.</summary>
    public string Code { get; } = code;
}

/// <summary>There is no such record, or not for this user: the two look alike (404).</summary>
public sealed class NotFound(string what, object? id = null) : CrmException("This record does not exist or is not yours to see.")
{
    /// <summary>Kind of record, for the log.</summary>
    public string What { get; } = what;

    /// <summary>Its id, for the log.</summary>
    public object? Id { get; } = id;
}

/// <summary>The user lacks a permission (403).</summary>
public sealed class Forbidden(string permission) : CrmException("You do not have the right to do this.")
{
    /// <summary>The permission that lacks.</summary>
    public string Permission { get; } = permission;
}

/// <summary>Somebody saved a newer version meanwhile (409 on a page, 412 in the API).</summary>
/// <param name="what">Kind of record.</param>
/// <param name="id">Its id.</param>
/// <param name="by">Who saved it, where that is known.</param>
/// <param name="own">It was the same user.</param>
public sealed class StaleRecord(string what, Guid? id = null, string? by = null, bool own = false) : CrmException(
    own ? "You changed this record yourself meanwhile, perhaps in another window." : by is null ? "Somebody else changed this record meanwhile." : "{0} changed this record meanwhile.", by)
{
    /// <summary>Kind of record.</summary>
    public string What { get; } = what;

    /// <summary>Its id.</summary>
    public Guid? Id { get; } = id;
}
