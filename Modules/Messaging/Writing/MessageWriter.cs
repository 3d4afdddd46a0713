using System.Text.Json.Nodes;
using Crm.Contacts.Contracts;
using Crm.Core;
using Crm.Messaging.Data;
using Crm.Messaging.Domain;
using Crm.Messaging.Templates;
using Crm.Platform.Contracts;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Messaging.Writing;

/// <summary>Whom a message goes to: a contact or a member of staff.</summary>
internal sealed record Recipient(Guid? ContactId, Guid? UserId);

/// <summary>Where a message comes from.</summary>
internal sealed record Origin(string? SourceKey = null, Guid? JobId = null, Guid? ExecutionId = null, bool Awaited = false, JsonObject? Data = null, Guid? BranchId = null);

/// <summary>Makes messages from templates: the one place for routines, reactors, pages and the API. Adds to the context; whoever calls saves.</summary>
internal sealed class MessageWriter(MessagingDb db, IContactDirectory contacts, IEnumerable<IUserAddresses> users, ISettings settings, TemplateRenderer renderer, ICurrentUser me, IServiceScopeFactory scopes, TimeProvider clock)
{
    /// <summary>Writes one message; one that was written before under the same source key comes back as it is.</summary>
    public async Task<OutgoingMessage> WriteAsync(MessageTemplate? template, Recipient to, Origin origin, CancellationToken ct)
    {
        if (origin.SourceKey is { } key)
        {
            if (db.Messages.Local.FirstOrDefault(m => m.SourceKey == key) is { } here) return here;
            if (await db.Messages.IgnoreQueryFilters().FirstOrDefaultAsync(m => m.SourceKey == key, ct) is { } before) return before;
        }

        var card = to.ContactId is { } c && (await contacts.CardsAsync([c], ct)).TryGetValue(c, out var found) ? found : null;
        var user = to.UserId is { } u ? await UserAsync(u, ct) : null;
        var channel = template?.Channel ?? MessageChannel.Sms;
        var message = new OutgoingMessage
        {
            Channel = channel, ContactId = to.ContactId, UserId = to.UserId, JobId = origin.JobId, TemplateId = template?.Id, Category = template?.Category ?? MessageCategory.Service,
            SourceKey = origin.SourceKey, ExecutionId = origin.ExecutionId, Awaited = origin.Awaited, Format = template?.Format ?? BodyFormat.Text, Language = template?.Language ?? "fa",
            BranchId = card?.BranchId ?? origin.BranchId ?? Guid.Empty, RecipientName = card?.Name ?? user?.Name ?? "",
            Address = channel == MessageChannel.Sms ? card?.Mobile ?? user?.Mobile ?? "" : card?.Email ?? user?.Email ?? "",
        };
        db.Add(message);
        if (template is null)
        {
            message.Fail(Reasons.TemplateGone);
            return message;
        }

        if (card is null && user is null)
        {
            message.Fail(Reasons.RecipientGone);
            return message;
        }

        try
        {
            var data = await DataAsync(to, card, user, origin.Data, template.Language, ct);
            var rendered = renderer.Render(Content(template), data);
            message.Subject = rendered.Subject;
            message.Body = rendered.Body;
        }
        catch (TemplateProblem)
        {
            message.Fail(Reasons.TemplateBroken);
            return message;
        }

        await ReleaseAsync(message, ct);
        return message;
    }

    /// <summary>Queues the message, or says why it can't go: no address, not wanted.</summary>
    public async Task ReleaseAsync(OutgoingMessage message, CancellationToken ct)
    {
        if (message.Address.Length == 0) message.Fail(message.Channel == MessageChannel.Sms ? Reasons.NoMobile : Reasons.NoEmail);
        else if (message.ContactId is { } contact && await db.OptOuts.AnyAsync(o => o.ContactId == contact && o.Channel == message.Channel, ct)) message.Suppress();
        else message.Queue(clock.GetUtcNow(), await HasGatewayAsync(message.Channel, ct));
    }

    /// <summary>Looks up the recipient's address as it is now.</summary>
    public async Task AddressAsync(OutgoingMessage message, CancellationToken ct)
    {
        var own = message.ContactId is { } c ? await AddressOfAsync(c, message.Channel, ct) : null;
        var user = message.UserId is { } u ? await UserAsync(u, ct) : null;
        message.Address = own ?? (message.Channel == MessageChannel.Sms ? user?.Mobile : user?.Email) ?? "";
    }

    /// <summary>The address of a contact that the user sees, also where his roles hide the address itself; null for none.</summary>
    public async Task<string?> AddressOfAsync(Guid contactId, MessageChannel channel, CancellationToken ct)
    {
        if (!(await contacts.CardsAsync([contactId], ct)).ContainsKey(contactId)) return null;
        await using var scope = scopes.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<CurrentUser>().BecomeSystem("messaging: address of a recipient");
        var card = (await scope.ServiceProvider.GetRequiredService<IContactDirectory>().CardsAsync([contactId], ct)).GetValueOrDefault(contactId);
        return channel == MessageChannel.Sms ? card?.Mobile : card?.Email;
    }

    public Task<bool> HasGatewayAsync(MessageChannel channel, CancellationToken ct) => db.Gateways.AnyAsync(g => g.Channel == channel && g.Active, ct);

    /// <summary>What a template may use, for this recipient.</summary>
    public async Task<Dictionary<string, object?>> DataAsync(Recipient to, ContactCard? card, UserAddress? user, JsonObject? extra, string language, CancellationToken ct)
    {
        MergeFields.Learn(contacts);
        var data = extra?.DeepClone().AsObject() ?? [];
        var company = await settings.GetAsync<CompanyData>(CompanyData.Key, ct);
        // What a job brings never replaces what is looked up here.
        data["contact"] = to.ContactId is { } id ? await contacts.DataAsync(id, ct) ?? [] : data["contact"] is JsonObject given ? given.DeepClone() : new JsonObject();
        data["customer"] = data["contact"]!.DeepClone();
        data["company"] = new JsonObject { ["name"] = company.Name, ["phone"] = company.Phone, ["address"] = company.Address, ["website"] = company.Website };
        data["recipient"] = new JsonObject { ["name"] = card?.Name ?? user?.Name };
        data["sender"] = new JsonObject { ["name"] = me.Access?.Name ?? company.Name };
        data["today"] = MergeValues.Dates(language).DayOf(clock.GetUtcNow()).ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);
        if (data["link"] is JsonValue link && link.TryGetValue<string>(out var path) && path.StartsWith('/')) data["link"] = company.BaseUrl?.TrimEnd('/') + path;
        else if (data["link"] is null && to.ContactId is { } contact) data["link"] = $"{company.BaseUrl?.TrimEnd('/')}/contacts/{contact}";
        return MergeValues.Of(data, language);
    }

    public async Task<UserAddress?> UserAsync(Guid id, CancellationToken ct)
    {
        foreach (var source in users)
        {
            if ((await source.OfAsync([id], ct)).TryGetValue(id, out var address)) return address;
        }

        return null;
    }

    public static TemplateContent Content(MessageTemplate t) => new(t.Name, t.Channel, t.Category, t.Subject, t.Body, t.Format, t.Language, t.Active);
}
