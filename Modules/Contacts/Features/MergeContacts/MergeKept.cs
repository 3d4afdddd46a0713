using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using Crm.Contacts.Domain;
using Crm.Contacts.Features.EditContact;
using Crm.Core;

namespace Crm.Contacts.Features.MergeContacts;

/// <summary>One contact as it was at the moment of the merge.</summary>
internal sealed record MergeSide(EditContactCommand Fields, string? Custom, Guid? LiaisonId, Guid? PhotoId)
{
    public static MergeSide Of(Contact c) => new(EditContactCommand.Of(c), c.Custom, c.LiaisonId, c.PhotoId);
}

/// <summary>A relation's two ends before it moved.</summary>
internal sealed record MovedRelation(Guid Id, Guid ContactId, Guid OtherId);

/// <summary>What a row of <see cref="ContactMerge"/> keeps.</summary>
internal sealed record MergeKept(
    MergeSide Into, MergeSide From, MergeSide After, List<Guid> Communications, List<Guid> FollowUps, List<Guid> Posts, List<MovedRelation> Relations, List<Guid> ReportLines, List<Guid> Liaisons, List<Guid> Files, List<Guid>? Evaluations = null)
{
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web);

    public string Write() => JsonSerializer.Serialize(this, s_json);

    public static MergeKept Read(string json) => JsonSerializer.Deserialize<MergeKept>(json, s_json)!;
}

/// <summary>The fields of which only one value can stay, and how two values become one.</summary>
internal static class MergeFields
{
    /// <summary>By the names of history and API; the photo, the liaison and custom fields have no property of the form and are taken care of beside it.</summary>
    public static readonly IReadOnlyList<(string Name, PropertyInfo Property)> Single =
    [
        .. new[]
        {
            nameof(ContactFields.SalutationId), nameof(ContactFields.FirstName), nameof(ContactFields.LastName), nameof(ContactFields.CompanyName), nameof(ContactFields.NationalId), nameof(ContactFields.EconomicCode),
            nameof(ContactFields.CardNumber), nameof(ContactFields.Birthday), nameof(ContactFields.MarriedOn), nameof(ContactFields.MaritalStatusId), nameof(ContactFields.ReligionId), nameof(ContactFields.Preferences),
            nameof(ContactFields.Standing), nameof(ContactFields.TypeId), nameof(ContactFields.RankId), nameof(ContactFields.StatusId), nameof(ContactFields.SourceId), nameof(ContactFields.FieldOfActivityId), nameof(ContactFields.ImportanceId),
            nameof(ContactFields.OwnerId), nameof(ContactFields.Notes),
        }.Select(n => (JsonNamingPolicy.CamelCase.ConvertName(n), typeof(ContactFields).GetProperty(n)!)),
    ];

    public const string Photo = "photoId";

    /// <summary>A choice among custom fields is called by this and the key.</summary>
    public const string CustomPrefix = "custom.";

    private static readonly string[] s_sensitive = ["marriedOn", "maritalStatusId", "religionId"];

    /// <summary>Whether the user may read the values, and so choose between them.</summary>
    public static bool MayChoose(string name, ICurrentUser me) =>
        !me.Hides(ContactsRights.Contacts, name) && (!s_sensitive.Contains(name, StringComparer.Ordinal) || me.Can(ContactsPermissions.SeeSensitive));

    /// <summary>Whether the other's value is taken: as it was chosen, else only where the one that stays has none.</summary>
    public static bool TakesOther(string name, object? mine, object? other, IReadOnlyDictionary<string, string?> choice, ICurrentUser me) =>
        MayChoose(name, me) && choice.GetValueOrDefault(name) is { Length: > 0 } said ? said == "other" : mine is null && other is not null;

    public static EditContactCommand Unite(EditContactCommand into, EditContactCommand from, IReadOnlyDictionary<string, string?> choice, ICurrentUser me)
    {
        var one = into with
        {
            Phones = [.. into.Phones, .. from.Phones.Where(p => !into.Phones.Exists(i => i.Number == p.Number))],
            Emails = [.. into.Emails, .. from.Emails.Where(e => !into.Emails.Exists(i => i.Address == e.Address))],
            Addresses = [.. into.Addresses, .. from.Addresses.Where(a => !into.Addresses.Contains(a))],
            RoleIds = [.. into.RoleIds.Union(from.RoleIds)], GroupIds = [.. into.GroupIds.Union(from.GroupIds)],
            Ibans = [.. into.Ibans.Union(from.Ibans)], BankCards = [.. into.BankCards.Union(from.BankCards)],
        };
        foreach (var (name, property) in Single)
        {
            if (TakesOther(name, property.GetValue(into), property.GetValue(from), choice, me)) property.SetValue(one, property.GetValue(from));
        }

        return one;
    }

    public static string? UniteCustom(string? into, string? from, IReadOnlyDictionary<string, string?> choice, ICurrentUser me)
    {
        JsonObject mine = CustomValues.Parse(into), other = CustomValues.Parse(from);
        foreach (var (key, value) in other)
        {
            if (TakesOther(CustomPrefix + key, mine[key], value, choice, me)) mine[key] = value?.DeepClone();
        }

        return mine.Count == 0 ? null : mine.ToJsonString();
    }

    /// <summary>What stays to the survivor once the other is gone again: values it has from the merge go back to what they were, newer ones stay and are named in <paramref name="newer"/>.</summary>
    public static EditContactCommand Part(EditContactCommand now, EditContactCommand before, EditContactCommand after, List<string> newer)
    {
        var one = now with
        {
            Phones = [.. now.Phones.Where(p => !Came(before.Phones, after.Phones, x => x.Number, p.Number))],
            Emails = [.. now.Emails.Where(e => !Came(before.Emails, after.Emails, x => x.Address, e.Address))],
            Addresses = [.. now.Addresses.Where(a => before.Addresses.Contains(a) || !after.Addresses.Contains(a))],
            RoleIds = [.. now.RoleIds.Where(r => before.RoleIds.Contains(r) || !after.RoleIds.Contains(r))],
            GroupIds = [.. now.GroupIds.Where(g => before.GroupIds.Contains(g) || !after.GroupIds.Contains(g))],
            Ibans = [.. now.Ibans.Where(i => before.Ibans.Contains(i) || !after.Ibans.Contains(i))],
            BankCards = [.. now.BankCards.Where(b => before.BankCards.Contains(b) || !after.BankCards.Contains(b))],
        };
        foreach (var (name, property) in Single)
        {
            object? was = property.GetValue(before), gave = property.GetValue(after), value = property.GetValue(now);
            if (Equals(was, gave)) continue;
            if (Equals(value, gave)) property.SetValue(one, was);
            else newer.Add(name);
        }

        return one;
    }

    public static string? PartCustom(string? now, string? before, string? after, List<string> newer)
    {
        JsonObject mine = CustomValues.Parse(now), was = CustomValues.Parse(before), gave = CustomValues.Parse(after);
        foreach (var (key, value) in gave)
        {
            if (JsonNode.DeepEquals(was[key], value)) continue;
            if (!JsonNode.DeepEquals(mine[key], value)) newer.Add(CustomPrefix + key);
            else if (was[key] is { } old) mine[key] = old.DeepClone();
            else mine.Remove(key);
        }

        return mine.Count == 0 ? null : mine.ToJsonString();
    }

    private static bool Came<T>(List<T> before, List<T> after, Func<T, string?> key, string? value) => !before.Exists(b => key(b) == value) && after.Exists(a => key(a) == value);
}
