using System.Text.Json.Nodes;
using Crm.Core;
using Crm.Messaging.Data;
using Crm.Messaging.Domain;
using Crm.Messaging.Writing;
using Crm.Platform.Contracts;
using Microsoft.EntityFrameworkCore;

namespace Crm.Messaging.Activities;

/// <summary>Inputs of <see cref="SendMessage"/>.</summary>
internal sealed record SendMessageInput
{
    [Input("Template", Description = "It says the channel and the text.", UiHint = "dropdown", Options = "message-template", Required = true, Order = 1)]
    public string Template { get; set; } = "";

    [Input("To", Description = "Who gets it.", UiHint = "dropdown", Options = "message-recipient", Default = "customer", Order = 2)]
    public string To { get; set; } = "customer";

    [Input("User", Description = "When it goes to a certain user.", UiHint = "dropdown", Options = "message-user", Order = 3)]
    public string? User { get; set; }

    [Input("Further text", Description = "Stands where the template has the field extra.", UiHint = "multiline", Order = 4)]
    public string? ExtraText { get; set; }

    [Input("Wait until it is sent", Description = "Goes on when the gateway has taken the message, or when it has failed for good.", UiHint = "checkbox", Default = "false", Order = 5)]
    public bool WaitUntilSent { get; set; }
}

/// <summary>Writes messages from a template to the customer or to staff. The execution's id is part of each message's source key, so a repeat writes nothing new.</summary>
[Activity("Crm.SendMessage", Title = "Send message", Description = "Sends an SMS or e-mail by a template to the customer or to staff.", Category = "Messages", Icon = "send", Order = 10)]
internal sealed class SendMessage(MessagingDb db, MessageWriter writer) : Activity<SendMessageInput>
{
    private static readonly Outcome s_failed = new("Failed");

    public override IReadOnlyList<Outcome> Outcomes => [Outcome.Done, s_failed];

    protected override async Task<ActivityResult> RunAsync(SendMessageInput input, ActivityContext context, CancellationToken ct)
    {
        if (!Guid.TryParse(input.Template, out var templateId)) throw new InvalidInput("template", "Choose a template.");
        var template = await db.Templates.FirstOrDefaultAsync(t => t.Id == templateId, ct) ?? throw new RuleBroken("template.gone", Reasons.TemplateGone);
        var recipients = Recipients(input, context);
        if (recipients.Count == 0) throw new RuleBroken("message.nobody", "There is nobody to send the message to.");

        var data = context.Data.DeepClone().AsObject();
        if (data["job"] is not JsonObject) data["job"] = new JsonObject();
        data["job"]!["number"] ??= context.JobNumber;
        data["job"]!["title"] ??= context.JobTitle;
        data["extra"] = input.ExtraText;
        data["link"] ??= $"/jobs/{context.JobId}";
        if (context.Agents.Count > 0 && data["agent"] is null && await writer.UserAsync(context.Agents[0], ct) is { } agent) data["agent"] = new JsonObject { ["name"] = agent.Name };

        var written = new List<OutgoingMessage>();
        foreach (var to in recipients)
        {
            var origin = new Origin($"execution:{context.ExecutionId}:{to.ContactId ?? to.UserId}", context.JobId, context.ExecutionId, input.WaitUntilSent, data, context.BranchId);
            written.Add(await writer.WriteAsync(template, to, origin, ct));
        }

        var output = new JsonObject { ["messageIds"] = new JsonArray([.. written.Select(m => JsonValue.Create(m.Id.ToString()))]) };
        if (!input.WaitUntilSent) return ActivityResult.Go(Outcome.Done, output);
        if (written.TrueForAll(m => m.State.IsOver())) return ActivityResult.Go(written.TrueForAll(m => m.State == MessageState.Sent) ? Outcome.Done : s_failed, output);
        return ActivityResult.Wait("Waits until the message “{0}” is sent", template.Name);
    }

    /// <summary>Takes back what has not left yet.</summary>
    public override async Task CancelAsync(ActivityContext context, CancellationToken ct)
    {
        var waiting = await db.Messages.IgnoreQueryFilters().Where(m => m.ExecutionId == context.ExecutionId && m.Awaited && (m.State == MessageState.Waiting || m.State == MessageState.Queued)).ToListAsync(ct);
        foreach (var message in waiting) message.Cancel();
    }

    private static List<Recipient> Recipients(SendMessageInput input, ActivityContext context) => input.To switch
    {
        "agents" => [.. context.Agents.Distinct().Select(a => new Recipient(null, a))],
        "starter" => context.StartedBy is { } s ? [new(null, s)] : [],
        "user" => Guid.TryParse(input.User, out var u) ? [new(null, u)] : throw new InvalidInput("user", "Choose a user."),
        _ => context.ContactId is { } c ? [new(c, null)] : [],
    };
}

internal sealed class RecipientOptions : IOptionSource
{
    public string Key => "message-recipient";

    public Task<IReadOnlyList<(string Value, string Text)>> LoadAsync(CancellationToken ct) => Task.FromResult<IReadOnlyList<(string, string)>>(
    [
        ("customer", Texts.Get("The customer")), ("agents", Texts.Get("The agents of the job")), ("starter", Texts.Get("Who started the job")), ("user", Texts.Get("A certain user")),
    ]);
}

internal sealed class UserOptions(IUserDirectory users) : IOptionSource
{
    public string Key => "message-user";

    public async Task<IReadOnlyList<(string Value, string Text)>> LoadAsync(CancellationToken ct) => [.. (await users.ActiveAsync(ct)).Select(u => (u.Id.ToString(), u.Name))];
}
