using Crm.Contacts.Data;
using Crm.Core;
using Crm.Platform.Contracts;

namespace Crm.Contacts.Records;

/// <summary>Reads what a list sets a field to; messages stand at «value», which a list shows beside the cell.</summary>
internal sealed class ListValues(BaseDataCache baseData, IUserDirectory users, ICustomFields custom, ICurrentUser me, DateView dates)
{
    public const string Field = "value";

    public static InvalidInput Wrong() => new(Field, "Choose one of the list.");

    public async Task<Guid?> BaseAsync(string list, IReadOnlyList<string> values, CancellationToken ct)
    {
        var id = One(values);
        return (await baseData.GetAsync(ct)).Has(list, id) ? id : throw Wrong();
    }

    public async Task<Guid?> UserAsync(IReadOnlyList<string> values, CancellationToken ct)
    {
        var id = One(values);
        return id is null || (await users.CardsAsync([id.Value], ct)).GetValueOrDefault(id.Value) is { Active: true } ? id : throw Wrong();
    }

    public DateTimeOffset? Moment(IReadOnlyList<string> values)
    {
        if (values.Count == 0) return null;
        return CustomValues.TryMoment(values[0], dates, out var moment) ? moment : throw new InvalidInput(Field, "This is not a moment. Write it like {0}.", dates.Day(new DateOnly(2026, 4, 4)) + " " + PersianText.Digits("14:30"));
    }

    /// <summary>What a custom field of the record is set to, as a change of the JSON that stands there.</summary>
    public async Task<Func<string?, string?>> CustomAsync(string record, string field, IReadOnlyList<string> values, CancellationToken ct)
    {
        var fields = await custom.OfAsync(record, ct);
        var input = new Dictionary<string, List<string?>> { [field["custom.".Length..]] = [.. values] };
        return now => CustomValues.Apply(fields, now, input, me, dates, whole: false);
    }

    public static string? Text(IReadOnlyList<string> values, int longest, bool lines = false)
    {
        var text = PersianText.Clean(values.Count == 0 ? null : values[0], lines);
        return text is null || text.Length <= longest ? text : throw new InvalidInput(Field, "At most {0} characters.", longest);
    }

    /// <exception cref="InvalidInput">It is empty.</exception>
    public static T Required<T>(T? value) where T : struct => value ?? throw new InvalidInput(Field, "This field is required.");

    private static Guid? One(IReadOnlyList<string> values) => values.Count switch { 0 => null, 1 when Guid.TryParse(values[0], out var id) => id, _ => throw Wrong() };
}
