using Crm.Core;
using Crm.Messaging.Contracts;
using Crm.Messaging.Domain;
using Microsoft.EntityFrameworkCore;

namespace Crm.Messaging.Data;

internal sealed class TemplateDirectory(MessagingDb db) : ITemplateDirectory
{
    public async Task<IReadOnlyList<TemplateCard>> ListAsync(CancellationToken ct)
    {
        var rows = await db.Templates.Where(t => t.Active).OrderBy(t => t.Name).Select(t => new { t.Id, t.Name, t.Channel }).ToListAsync(ct);
        return [.. rows.Select(t => new TemplateCard(t.Id, t.Name, t.Channel.Word()))];
    }

    public async Task<IReadOnlyList<Contracts.TemplateText>> TextsAsync(IReadOnlyCollection<Guid> ids, CancellationToken ct) =>
        [.. (await db.Templates.AsNoTracking().Where(t => ids.Contains(t.Id)).OrderBy(t => t.Name).ToListAsync(ct)).Select(t => new Contracts.TemplateText(t.Id, t.Name, t.Channel.Word(), t.Subject.Length > 0 ? t.Subject : null, t.Body))];
}

internal sealed class AllowedHosts(MessagingDb db) : IAllowedHosts
{
    public async Task<IReadOnlySet<string>> AllAsync(CancellationToken ct) => (await db.AllowedHosts.Select(h => h.Host).ToListAsync(ct)).ToHashSet(StringComparer.Ordinal);
}

/// <summary>Templates in the designer's drop-downs, with their channel.</summary>
internal sealed class TemplateOptions(ITemplateDirectory templates) : IOptionSource
{
    public string Key => "message-template";

    public async Task<IReadOnlyList<(string Value, string Text)>> LoadAsync(CancellationToken ct) =>
        [.. (await templates.ListAsync(ct)).Select(t => (t.Id.ToString(), $"{t.Name} ({Texts.Get(t.Channel == "sms" ? "SMS" : "E-mail")})"))];
}

internal sealed class ChannelOptions : IOptionSource
{
    public string Key => "message-channel";

    public Task<IReadOnlyList<(string Value, string Text)>> LoadAsync(CancellationToken ct) =>
        Task.FromResult<IReadOnlyList<(string, string)>>([.. Enum.GetValues<MessageChannel>().Select(c => (c.Word(), Texts.Get(Kinds.Title(c))))]);
}
