using System.ComponentModel.DataAnnotations;

namespace Crm.Messaging.Domain;

/// <summary>How a message travels.</summary>
internal enum MessageChannel
{
    Sms,
    Email,
}

/// <summary>Where a message stands. A message that is tried again later is <see cref="Queued"/> with a due time.</summary>
internal enum MessageState
{
    Draft,

    /// <summary>There is no active gateway for its channel; it goes on by itself once there is one.</summary>
    [Display(Name = "Waiting for a gateway")]
    Waiting,

    [Display(Name = "In the queue")]
    Queued,

    [Display(Name = "Being sent")]
    Sending,

    Sent,
    Failed,

    /// <summary>Never sent: the contact does not want messages on this channel.</summary>
    [Display(Name = "Not wanted")]
    Suppressed,
    Cancelled,
}

/// <summary>What a message is for.</summary>
internal enum MessageCategory
{
    Service,
    Reminder,
    Payment,
    Greeting,
    Advertising,
}

/// <summary>How the body is written.</summary>
internal enum BodyFormat
{
    Text,
    Html,
}

internal static class Kinds
{
    /// <summary>Name in contracts and the API: sms, email.</summary>
    public static string Word(this MessageChannel channel) => channel == MessageChannel.Sms ? "sms" : "email";

    public static bool IsOver(this MessageState state) => state is MessageState.Sent or MessageState.Failed or MessageState.Suppressed or MessageState.Cancelled;

    /// <summary>English titles: translation keys.</summary>
    public static string Title(MessageChannel channel) => channel == MessageChannel.Sms ? "SMS" : "E-mail";

    public static string Title(MessageState state) => state switch
    {
        MessageState.Draft => "Draft",
        MessageState.Waiting => "Waiting for a gateway",
        MessageState.Queued => "In the queue",
        MessageState.Sending => "Being sent",
        MessageState.Sent => "Sent",
        MessageState.Failed => "Failed",
        MessageState.Suppressed => "Not wanted",
        _ => "Cancelled",
    };

    public static string Title(MessageCategory category) => category switch
    {
        MessageCategory.Service => "Service",
        MessageCategory.Reminder => "Reminder",
        MessageCategory.Payment => "Payment",
        MessageCategory.Greeting => "Greeting",
        _ => "Advertising",
    };

    public static (string Color, string Icon) Look(MessageState state) => state switch
    {
        MessageState.Sent => ("green", "check"),
        MessageState.Failed => ("red", "alert-circle"),
        MessageState.Waiting => ("orange", "clock-pause"),
        MessageState.Queued or MessageState.Sending => ("blue", "send"),
        MessageState.Draft => ("purple", "pencil"),
        _ => ("gray", "ban"),
    };
}
