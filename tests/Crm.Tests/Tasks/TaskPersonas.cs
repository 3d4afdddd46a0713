using Crm.Contacts.Domain;
using Crm.Contacts.Features.AddContact;
using Crm.Tasks.Features.AddTask;
using Crm.Testing;

namespace Crm.Tests.Tasks;

/// <summary>Small words that the tests of this module share.</summary>
internal static class TaskPersonas
{
    /// <summary>A task given by one to others.</summary>
    public static async Task<Guid> TaskAsync(this CrmApp app, string title, string by, string[] to, DateTimeOffset? due = null, int? remindBefore = null, Guid? contact = null)
    {
        var assignees = new List<Guid>();
        foreach (var user in to) assignees.Add(await app.UserIdAsync(user));
        return await app.SendAsync(new AddTaskCommand { Title = title, AssigneeIds = assignees, DueAt = due, RemindBefore = remindBefore, ContactId = contact }, by);
    }

    public static Task<Guid> CustomerAsync(this CrmApp app, string name, string mobile) => app.SendAsync(new AddContactCommand
    {
        Kind = ContactKind.Company, CompanyName = name, Phones = [new() { Number = mobile }],
    });

    /// <summary>Notifications of a user that lead to an address.</summary>
    public static async Task<IReadOnlyList<string>> ToldAsync(this CrmApp app, string user, string url)
    {
        await app.DrainAsync();
        return await app.QueryAsync<string>("select text from platform.notifications where user_id = @user and url = @url order by id", new { user = await app.UserIdAsync(user), url });
    }
}
