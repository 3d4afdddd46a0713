using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Core;

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
internal sealed class ContactFieldOptions : IOptionSource
{
    public string Key => "contact-fields";

    public Task<IReadOnlyList<(string Value, string Text)>> LoadAsync(CancellationToken ct) =>
        Task.FromResult<IReadOnlyList<(string, string)>>([.. FieldTitles.All.Select(f => (f.Name, Texts.Get(f.Title)))]);
}
