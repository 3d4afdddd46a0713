using Crm.Core;

namespace Crm.Web;

/// <summary>A record as the API gives it, with its custom fields as they are stored.</summary>
public interface IApiRecord
{
    /// <summary>The record's id.</summary>
    Guid Id { get; }

    /// <summary>Values of custom fields, a JSON object; null for none. Not written as it stands: who sees what is decided first.</summary>
    string? CustomJson { get; }

    /// <summary>The same record with these values.</summary>
    IApiRecord With(string customJson);
}

/// <summary>What a user sees of records that the API is about to answer.</summary>
public static class SeenRecords
{
    /// <summary>Records without the fields, the module's own and custom ones, that the user's roles hide.</summary>
    /// <param name="custom">Knows the custom fields.</param>
    /// <param name="records">What is to be answered.</param>
    /// <param name="rights">The kind of record; custom fields are found by its key.</param>
    /// <param name="me">Who asks.</param>
    /// <param name="ct">Ends the work.</param>
    /// <returns>What is written as JSON, by the record's id.</returns>
    public static async Task<Dictionary<Guid, object>> SeenAsync(this ICustomFields custom, IReadOnlyList<IApiRecord> records, RecordRights rights, ICurrentUser me, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(custom);
        ArgumentNullException.ThrowIfNull(records);
        ArgumentNullException.ThrowIfNull(rights);
        var fields = records.Any(r => r.CustomJson is not null) ? await custom.OfAsync(rights.Key, ct) : [];
        return records.ToDictionary(r => r.Id, r => ClosedInputs.Without(r.CustomJson is null ? r : r.With(CustomValues.SeenBy(fields, r.CustomJson, me).ToJsonString()), rights, me, ApiJson.Options));
    }
}
