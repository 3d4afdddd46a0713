using Crm.Contacts.Contracts;
using Crm.Core;
using Crm.Platform.Contracts;

namespace Crm.Tasks.Shared;

/// <summary>Who can have a task, and for which customer.</summary>
internal static class TaskPeople
{
    /// <summary>A task given to somebody who can't open it would never be seen again.</summary>
    /// <exception cref="InvalidInput">One of them is gone or has no right to tasks.</exception>
    public static async Task CheckAsync(this IUserDirectory users, string field, IReadOnlyCollection<Guid> ids, CancellationToken ct)
    {
        var able = (await users.WithPermissionAsync(TasksPermissions.See, ct)).Select(u => u.Id).ToHashSet();
        var not = ids.Where(id => !able.Contains(id)).ToList();
        if (not.Count == 0) return;
        var cards = await users.CardsAsync(not, ct);
        throw cards.TryGetValue(not[0], out var card)
            ? new InvalidInput(field, "{0} can't have tasks.", card.Name)
            : new InvalidInput(field, "There is no such user.");
    }

    /// <exception cref="InvalidInput">There is none, or not for this user.</exception>
    public static async Task CheckAsync(this IContactDirectory contacts, string field, Guid? contactId, CancellationToken ct)
    {
        if (contactId is { } id && !(await contacts.CardsAsync([id], ct)).ContainsKey(id)) throw new InvalidInput(field, "There is no such customer.");
    }

    /// <summary>Name of whoever acts, for a notification.</summary>
    public static IEnumerable<Guid> Others(this IEnumerable<Guid> users, ICurrentUser me) => users.Where(u => u != me.Id);

    /// <summary>Where a task is done.</summary>
    public static string Url(Guid id) => $"/tasks/{id}";
}
