using Crm.Core;
using Crm.Messaging.Contracts;
using Crm.Messaging.Data;
using Crm.Messaging.Domain;
using Microsoft.EntityFrameworkCore;

namespace Crm.Messaging.Reactions;

/// <summary>Somebody made a routine from a model, or imported one, that sends a text which is not there yet.</summary>
internal sealed class WhenTemplateWanted(MessagingDb db) : IReactTo<TemplateWanted>
{
    public async Task ReactAsync(TemplateWanted e, EventInfo info, CancellationToken ct)
    {
        var name = e.Name.Length > 200 ? e.Name[..200] : e.Name;
        if (await db.Templates.IgnoreQueryFilters().AnyAsync(t => t.Id == e.Id, ct)) return;
        // Another of the name came between: this one keeps its id, by which the routine knows it, and gets a number behind its name.
        for (var n = 2; await db.Templates.AnyAsync(t => t.Name == name, ct); n++) name = $"{(e.Name.Length > 190 ? e.Name[..190] : e.Name)} {n}";
        var channel = e.Channel == "email" ? MessageChannel.Email : MessageChannel.Sms;
        var language = e.Body.Any(c => c is >= '\u0600' and <= '\u06FF') ? "fa" : "en";
        db.Add(new MessageTemplate(e.Id, new TemplateContent(name, channel, MessageCategory.Service, e.Subject, e.Body, BodyFormat.Text, language, true)));
    }
}
