using Crm.Contacts.Contracts;
using Crm.Core;
using Crm.Platform.Contracts;
using Crm.Web;
using Microsoft.AspNetCore.Mvc.Rendering;

namespace Crm.Tasks.Shared;

/// <summary>What the forms of a task offer to choose from.</summary>
internal sealed record TaskForm(IReadOnlyList<SelectListItem> People, IReadOnlyList<SelectListItem> Reminders, string? Customer)
{
    public static readonly TaskForm Empty = new([], [], null);

    public static async Task<TaskForm> LoadAsync(IUserDirectory users, IContactDirectory contacts, Guid? contactId, int? remindBefore, CancellationToken ct)
    {
        var people = await users.WithPermissionAsync(TasksPermissions.See, ct);
        var customer = contactId is { } id && (await contacts.CardsAsync([id], ct)).TryGetValue(id, out var card) ? card.Name : null;
        var minutes = new List<int> { 0, 15, 60, 180, 1440 };
        if (remindBefore is { } own && !minutes.Contains(own)) minutes.Add(own);
        return new(
            [.. people.Select(u => new SelectListItem(u.Name, u.Id.ToString()))],
            [.. minutes.Order().Select(m => new SelectListItem(Before(m), m.ToString(System.Globalization.CultureInfo.InvariantCulture)))],
            customer);
    }

    public static string Before(int minutes) => minutes switch
    {
        0 => Texts.Get("When it is due"),
        < 60 => Texts.Get("{0} minutes before", PersianText.Number(minutes)),
        < 1440 => Texts.Get("{0} hours before", PersianText.Number(minutes / 60)),
        _ => Texts.Get("{0} days before", PersianText.Number(minutes / 1440)),
    };
}
