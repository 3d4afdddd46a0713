using Crm.Contacts.Contracts;
using Crm.Core;
using Crm.Tasks.Contracts;

namespace Crm.Tasks.Features.Worklist;

/// <summary>The communications a user planned or was asked to have.</summary>
internal sealed class FollowUpsOnWorklist(IFollowUpDirectory followUps) : IWorklistSource
{
    public string Key => "follow-ups";

    public string Title => "Follow-ups";

    public async Task<IReadOnlyList<WorklistItem>> LoadAsync(UserAccess user, int take, CancellationToken ct) =>
        [.. (await followUps.WaitingAsync(user.Id, take, ct)).Select(f => new WorklistItem(
            f.Id, Key, f.Text.Length > 0 ? f.Text : Texts.Get("Follow-up with {0}", f.ContactName), f.Kind, f.ContactId, f.DueAt, f.CreatedAt, f.Url, "phone-call") { Quick = new("Log it", "message-plus", $"/contacts/{f.ContactId}/communications/new?followUp={f.Id}") })];

    public Task<(int Open, int Late)> CountAsync(UserAccess user, DateTimeOffset now, CancellationToken ct) => followUps.CountAsync(user.Id, now, ct);
}
