using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Contacts.Records;
using Crm.Core;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Activities;

/// <summary>A base-data list as choices in the designer.</summary>
internal abstract class BaseListOptions(BaseDataCache cache, string list) : IOptionSource
{
    public string Key => list;

    public async Task<IReadOnlyList<(string Value, string Text)>> LoadAsync(CancellationToken ct) =>
        [.. (await cache.GetAsync(ct)).Active(list).Select(v => (v.Id.ToString(), v.Title))];
}

internal sealed class TypeOptions(BaseDataCache cache) : BaseListOptions(cache, BaseLists.Type);

internal sealed class RankOptions(BaseDataCache cache) : BaseListOptions(cache, BaseLists.Rank);

internal sealed class StatusOptions(BaseDataCache cache) : BaseListOptions(cache, BaseLists.Status);

internal sealed class SourceOptions(BaseDataCache cache) : BaseListOptions(cache, BaseLists.Source);

internal sealed class RoleOptions(BaseDataCache cache) : BaseListOptions(cache, BaseLists.Role);

internal sealed class FieldOfActivityOptions(BaseDataCache cache) : BaseListOptions(cache, BaseLists.FieldOfActivity);

internal sealed class CommunicationKindOptions(BaseDataCache cache) : BaseListOptions(cache, BaseLists.CommunicationKind);

internal sealed class CommunicationResultOptions(BaseDataCache cache) : BaseListOptions(cache, BaseLists.CommunicationResult);

internal sealed class ContactKindOptions : IOptionSource
{
    public string Key => "contact-kind";

    public Task<IReadOnlyList<(string Value, string Text)>> LoadAsync(CancellationToken ct) =>
        Task.FromResult<IReadOnlyList<(string, string)>>([("person", Texts.Get("Person")), ("company", Texts.Get("Company"))]);
}

/// <summary>Fields that a change can be waited for.</summary>
internal sealed class ContactFieldOptions(ICustomFields custom) : IOptionSource
{
    public string Key => "contact-fields";

    public async Task<IReadOnlyList<(string Value, string Text)>> LoadAsync(CancellationToken ct) =>
        [.. FieldTitles.All.Select(f => (f.Name, Texts.Get(f.Title))), .. (await custom.OfAsync(ContactRecords.RecordKey, ct)).Select(f => ("custom." + f.Key, f.Title))];
}

/// <summary>What custom fields with values to choose from can become: the field, an equals sign, the value.</summary>
internal sealed class ContactCustomValueOptions(ICustomFields custom) : IOptionSource
{
    public string Key => "contact-custom-values";

    public async Task<IReadOnlyList<(string Value, string Text)>> LoadAsync(CancellationToken ct)
    {
        var fields = await custom.OfAsync(ContactRecords.RecordKey, ct);
        return
        [
            .. fields.Where(f => f.Kind is FieldType.Choice or FieldType.Choices).SelectMany(f => f.Options.Select(o => ($"{f.Key}={o.Value}", $"{f.Title}: {o.Title}"))),
            .. fields.Where(f => f.Kind == FieldType.YesNo).SelectMany(f => new[] { ($"{f.Key}=true", $"{f.Title}: {Texts.Get("Yes")}"), ($"{f.Key}=false", $"{f.Title}: {Texts.Get("No")}") }),
        ];
    }
}

/// <summary>Groups of contacts, each with the groups that it lies in.</summary>
internal sealed class ContactGroupOptions(ContactsDb db) : IOptionSource
{
    public string Key => "contact-groups";

    public async Task<IReadOnlyList<(string Value, string Text)>> LoadAsync(CancellationToken ct)
    {
        var groups = await db.Groups.AsNoTracking().Where(g => g.Active && g.MergedIntoId == null).OrderBy(g => g.Order).ToListAsync(ct);
        var byId = groups.ToDictionary(g => g.Id);
        string Title(ContactGroup g) => Texts.IsPersian || string.IsNullOrEmpty(g.EnglishTitle) ? g.Title : g.EnglishTitle;
        string Path(ContactGroup g, int depth) => g.ParentId is { } parent && depth < 8 && byId.TryGetValue(parent, out var above) ? $"{Path(above, depth + 1)} › {Title(g)}" : Title(g);
        return [.. groups.Select(g => (g.Id.ToString(), Path(g, 0))).OrderBy(g => g.Item2, StringComparer.Ordinal)];
    }
}
