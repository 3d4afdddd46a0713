using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Core;

/// <summary>What a field of a record holds, for the input on its form, the column of its list, the operators of its filter and the cell of its export.</summary>
public enum FieldType
{
    /// <summary>One line.</summary>
    [Display(Name = "One line of text")]
    Text,

    /// <summary>Several lines.</summary>
    [Display(Name = "Several lines of text")]
    LongText,

    /// <summary>A number, with fractions.</summary>
    [Display(Name = "A number")]
    Number,

    /// <summary>Rials, whole.</summary>
    [Display(Name = "Amount of Rials")]
    Money,

    /// <summary>A civil date.</summary>
    [Display(Name = "A date")]
    Date,

    /// <summary>A moment.</summary>
    [Display(Name = "Date and time")]
    Moment,

    /// <summary>A time of day.</summary>
    [Display(Name = "Time of day")]
    Time,

    /// <summary>Yes or no.</summary>
    [Display(Name = "Yes or no")]
    YesNo,

    /// <summary>One of a list.</summary>
    [Display(Name = "One of a list")]
    Choice,

    /// <summary>Several of a list.</summary>
    [Display(Name = "Several of a list")]
    Choices,

    /// <summary>A telephone number.</summary>
    [Display(Name = "Telephone number")]
    Phone,

    /// <summary>A record of the application.</summary>
    [Display(Name = "Link to a record")]
    Record,

    /// <summary>Worked out from other fields when the record is saved.</summary>
    Formula,

    /// <summary>A file that was uploaded.</summary>
    [Display(Name = "A file")]
    File,
}

/// <summary>One value of a custom list.</summary>
/// <param name="Value">Stable key; stands in the record.</param>
/// <param name="Persian">Title in Persian.</param>
/// <param name="English">Title in English; the Persian one where empty.</param>
/// <param name="Color">Colour of the badge, one of the shell's names.</param>
public sealed record CustomOption(string Value, string Persian, string? English, string? Color = null)
{
    /// <summary>Title in the language of the moment.</summary>
    public string Title => Texts.IsPersian || string.IsNullOrEmpty(English) ? Persian : English;
}

/// <summary>A field that an administrator added to a record in the browser. Its values stand in the record's <c>custom</c> column under <see cref="Key"/>.</summary>
public sealed record CustomField
{
    /// <summary>Stable key within its record: a–z, digits and underscores; as a field of the record <c>custom.key</c>.</summary>
    public required string Key { get; init; }

    /// <summary>Key of the record, as in the API: <c>contacts</c>.</summary>
    public required string Record { get; init; }

    /// <summary>Title in Persian.</summary>
    public required string Persian { get; init; }

    /// <summary>Title in English; the Persian one where empty.</summary>
    public string? English { get; init; }

    /// <summary>Hint under the input, as the administrator wrote it.</summary>
    public string? Hint { get; init; }

    /// <summary>What it holds.</summary>
    public required FieldType Kind { get; init; }

    /// <summary>Values of a list.</summary>
    public IReadOnlyList<CustomOption> Options { get; init; } = [];

    /// <summary>For <see cref="FieldType.Record"/>: key of the record that is linked to.</summary>
    public string? LinksTo { get; init; }

    /// <summary>For <see cref="FieldType.Formula"/>: how it is worked out; see <see cref="Formula"/>.</summary>
    public string? Formula { get; init; }

    /// <summary>Part of the form it stands in, as the administrator wrote it; null for the last part.</summary>
    public string? Section { get; init; }

    /// <summary>Place among the custom fields.</summary>
    public int Order { get; init; }

    /// <summary>Must be filled on the form, where it is shown.</summary>
    public bool Required { get; init; }

    /// <summary>Shown in lists without being chosen.</summary>
    public bool InList { get; init; }

    /// <summary>Lists can be sorted by it.</summary>
    public bool Sortable { get; init; }

    /// <summary>Shown on the form only when this custom field …</summary>
    public string? ShownWhenField { get; init; }

    /// <summary>… has this value.</summary>
    public string? ShownWhenValue { get; init; }

    /// <summary>Roles that see it; empty for everybody.</summary>
    public IReadOnlyList<Guid> Roles { get; init; } = [];

    /// <summary>Roles that see it but do not change it.</summary>
    public IReadOnlyList<Guid> ReadOnlyRoles { get; init; } = [];

    /// <summary>Where roles have it otherwise.</summary>
    public IReadOnlyDictionary<Guid, FieldPlace> Layouts { get; init; } = System.Collections.Frozen.FrozenDictionary<Guid, FieldPlace>.Empty;

    /// <summary>False once put away: no longer on forms, its values stay.</summary>
    public bool Active { get; init; } = true;

    /// <summary>Title in the language of the moment.</summary>
    public string Title => Texts.IsPersian || string.IsNullOrEmpty(English) ? Persian : English;

    /// <summary>Whether this user sees it. The system sees everything.</summary>
    public bool IsSeenBy(ICurrentUser user)
    {
        ArgumentNullException.ThrowIfNull(user);
        return user.IsSystem || (user.Access is { } a ? a.IsAdministrator || ((Roles.Count == 0 || a.RoleIds.Any(Roles.Contains)) && !All(a, p => p.Rule == FieldRule.Hidden)) : Roles.Count == 0);
    }

    /// <summary>Whether this user may change it. A formula changes with what it is made of.</summary>
    public bool IsChangedBy(ICurrentUser user)
    {
        ArgumentNullException.ThrowIfNull(user);
        return Kind != FieldType.Formula && IsSeenBy(user) && (user.IsSystem || user.Access is { } a && (a.IsAdministrator || (!a.RoleIds.All(ReadOnlyRoles.Contains) && !All(a, p => p.Rule != FieldRule.Open))));
    }

    /// <summary>The field as this user's roles have it on the form: its part, its place, whether it must be filled.</summary>
    public CustomField For(ICurrentUser user)
    {
        ArgumentNullException.ThrowIfNull(user);
        if (Layouts.Count == 0 || user.IsSystem || user.Access is not { IsAdministrator: false } access) return this;
        // The first of the user's roles that has an arrangement says where things stand; what must be filled is demanded only where all of them demand it.
        return access.RoleIds.Select(r => Layouts.GetValueOrDefault(r)).FirstOrDefault(p => p is not null) is not { } place ? this
            : this with { Order = place.Order, Section = place.Section, Required = Kind != FieldType.Formula && (Required || All(access, p => p.Required)) };
    }

    // One role more never takes something away: what closes a field must be said by each role of the user.
    private bool All(UserAccess access, Func<FieldPlace, bool> says) => Layouts.Count > 0 && access.RoleIds.Count > 0 && access.RoleIds.All(r => Layouts.TryGetValue(r, out var place) && says(place));
}

/// <summary>A file in a custom field: what stands in the record, as an object of these, and between forms as <c>id/size/name</c>.</summary>
/// <param name="Id">Id of the stored file.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Name">Its name.</param>
public sealed record CustomFile(Guid Id, long Size, string Name)
{
    /// <summary>Who files of custom fields hang on: at first on who uploaded them, once saved on their record.</summary>
    public const string Owner = "platform.custom";

    /// <summary>Reads what a form sends.</summary>
    public static CustomFile? Read(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var parts = text.Split('/', 3);
        return parts.Length == 3 && Guid.TryParse(parts[0], out var id) && long.TryParse(parts[1], System.Globalization.CultureInfo.InvariantCulture, out var size) && parts[2].Length is > 0 and <= 300 ? new(id, size, parts[2]) : null;
    }

    /// <summary>Reads what stands in a record.</summary>
    public static CustomFile? Of(System.Text.Json.Nodes.JsonNode? value) =>
        value is System.Text.Json.Nodes.JsonObject o && Guid.TryParse((string?)o["id"], out var id) ? new(id, (long?)o["size"] ?? 0, (string?)o["name"] ?? "") : null;

    /// <summary>As it stands in a record.</summary>
    public System.Text.Json.Nodes.JsonObject ToJson() => new() { ["id"] = Id.ToString(), ["size"] = Size, ["name"] = Name };

    /// <inheritdoc/>
    public override string ToString() => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{Id}/{Size}/{Name}");
}

/// <summary>Keeps what is uploaded into custom fields until the form is saved.</summary>
public interface ICustomFileKeeper
{
    /// <summary>Stores the file for who uploads it.</summary>
    /// <exception cref="InvalidInput">Too big, or a kind that is not taken.</exception>
    Task<CustomFile> KeepAsync(string name, Stream content, CancellationToken ct);
}

/// <summary>How a role has a custom field on its form and page.</summary>
/// <param name="Order">Place among the fields.</param>
/// <param name="Section">Part of the form; null for the last part.</param>
/// <param name="Rule">Changed, only read, or not there.</param>
/// <param name="Required">Must be filled.</param>
public sealed record FieldPlace(int Order, string? Section, FieldRule Rule, bool Required);

/// <summary>The custom fields there are. Answers come from a snapshot of at most five seconds, dropped at once on all hosts when an administrator changes one.</summary>
public interface ICustomFields
{
    /// <summary>Active fields of a record, in order.</summary>
    ValueTask<IReadOnlyList<CustomField>> OfAsync(string record, CancellationToken ct);
}

/// <summary>The record carries custom fields. Its module maps <see cref="Custom"/> as jsonb and sets it by what <see cref="CustomValues.Apply"/> answers.</summary>
public interface IHasCustomFields
{
    /// <summary>A JSON object of the values by key; null for none.</summary>
    string? Custom { get; }
}

/// <summary>On the property that holds custom values: the audit tells every one of them as a field of its own, <c>custom.key</c>.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class CustomValuesAttribute : Attribute;

/// <summary>Choices of a field that live elsewhere: base data, users, places. Found by the scan.</summary>
[Contribution(ServiceLifetime.Scoped)]
public interface IFieldOptions
{
    /// <summary>First part of <see cref="ListField.Options"/>, before the slash: <c>users</c>, <c>contacts.base</c>.</summary>
    string Source { get; }

    /// <summary>Everything to choose from, in order; null where there are too many to send: then <see cref="LookupUrl"/> answers.</summary>
    ValueTask<IReadOnlyList<FieldOption>?> AllAsync(string argument, CancellationToken ct);

    /// <summary>Titles of the values that stand in rows, in one batch; unknown ones are left out.</summary>
    ValueTask<IReadOnlyDictionary<string, FieldOption>> FindAsync(string argument, IReadOnlyCollection<string> values, CancellationToken ct);

    /// <summary>JSON endpoint (<c>?q=</c>) of a searching drop-down; null where <see cref="AllAsync"/> answers.</summary>
    string? LookupUrl(string argument) => null;

    /// <summary>The values with everything that lies under them in a tree: what a filter by one of them means.</summary>
    ValueTask<IReadOnlyCollection<string>> WithAllUnderAsync(string argument, IReadOnlyCollection<string> values, CancellationToken ct) => new(values);
}

/// <summary>One choice.</summary>
/// <param name="Value">As it stands in the record.</param>
/// <param name="Text">Title in the language of the moment.</param>
/// <param name="Color">Colour of its badge; null for plain text.</param>
/// <param name="Active">Offered for new values.</param>
/// <param name="Url">Page of the record, for a link.</param>
public sealed record FieldOption(string Value, string Text, string? Color = null, bool Active = true, string? Url = null);
