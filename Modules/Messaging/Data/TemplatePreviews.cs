using System.Text.Json.Nodes;
using Crm.Messaging.Contracts;
using Crm.Messaging.Domain;
using Crm.Messaging.Templates;
using Crm.Messaging.Writing;
using Microsoft.EntityFrameworkCore;

namespace Crm.Messaging.Data;

/// <summary>Fills templates without writing a message. Each template is read once: a simulation asks for the same one thousands of times.</summary>
internal sealed class TemplatePreviews(MessagingDb db, MessageWriter writer, TemplateRenderer renderer) : ITemplatePreviews
{
    private readonly Dictionary<Guid, MessageTemplate?> _known = [];

    public async Task<MessagePreview?> OfAsync(Guid templateId, JsonObject? contact, string? recipient, JsonObject data, CancellationToken ct)
    {
        if (!_known.TryGetValue(templateId, out var template)) _known[templateId] = template = await db.Templates.AsNoTracking().FirstOrDefaultAsync(t => t.Id == templateId, ct);
        if (template is null) return null;
        var (channel, category) = (template.Channel.Word(), Kinds.Title(template.Category));
        try
        {
            var given = data.DeepClone().AsObject();
            given["contact"] = contact?.DeepClone() ?? new JsonObject();
            var values = await writer.DataAsync(new Recipient(null, null), null, null, given, template.Language, ct);
            values["recipient"] = new Dictionary<string, object?> { ["name"] = recipient };
            var filled = renderer.Render(MessageWriter.Content(template), values);
            return new(template.Name, channel, category, filled.Subject, filled.Body, template.Channel == MessageChannel.Sms ? Math.Max(1, SmsParts.Of(filled.Body).Parts) : 1, null);
        }
        catch (TemplateProblem e)
        {
            return new(template.Name, channel, category, "", "", 0, e.Localized);
        }
    }
}
