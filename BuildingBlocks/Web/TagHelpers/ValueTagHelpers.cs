using System.Globalization;
using Crm.Core;
using Microsoft.AspNetCore.Razor.TagHelpers;

namespace Crm.Web;

/// <summary>A civil date in the user's calendar: <c>&lt;day value="@x" /&gt;</c>. Nothing for null.</summary>
[HtmlTargetElement("day", TagStructure = TagStructure.NormalOrSelfClosing)]
[HtmlTargetElement("jalali-date", TagStructure = TagStructure.NormalOrSelfClosing)]
public sealed class DayTagHelper(DateView dates) : TagHelper
{
    /// <summary>The date.</summary>
    public DateOnly? Value { get; set; }

    /// <summary>With the month's name.</summary>
    public bool Long { get; set; }

    /// <inheritdoc/>
    public override void Process(TagHelperContext context, TagHelperOutput output)
    {
        if (Value is not { } day)
        {
            output.SuppressOutput();
            return;
        }

        output.TagName = "time";
        output.TagMode = TagMode.StartTagAndEndTag;
        output.Attributes.SetAttribute("datetime", day.ToString("O", CultureInfo.InvariantCulture));
        // Among words of the other direction a date keeps its order.
        output.Attributes.SetAttribute("dir", Long ? "auto" : "ltr");
        output.Content.SetContent(Long ? Calendars.FormatLong(day, dates.Calendar) : dates.Day(day));
    }
}

/// <summary>A moment in the user's calendar and zone: <c>&lt;moment value="@x" relative /&gt;</c>. Nothing for null.</summary>
[HtmlTargetElement("moment", TagStructure = TagStructure.NormalOrSelfClosing)]
public sealed class MomentTagHelper(DateView dates, TimeProvider clock) : TagHelper
{
    /// <summary>The moment.</summary>
    public DateTimeOffset? Value { get; set; }

    /// <summary>«3 minutes ago», «tomorrow 14:30»; the whole moment in the title.</summary>
    public bool Relative { get; set; }

    /// <inheritdoc/>
    public override void Process(TagHelperContext context, TagHelperOutput output)
    {
        if (Value is not { } moment)
        {
            output.SuppressOutput();
            return;
        }

        var whole = dates.DayAndTime(moment);
        output.TagName = "time";
        output.TagMode = TagMode.StartTagAndEndTag;
        output.Attributes.SetAttribute("datetime", moment.ToUniversalTime().ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture));
        if (Relative) output.Attributes.SetAttribute("title", whole);
        output.Attributes.SetAttribute("dir", Relative ? "auto" : "ltr");
        output.Content.SetContent(Relative ? RelativeTime.Of(moment, clock.GetUtcNow(), dates) : whole);
    }
}

/// <summary>Moments as people say them.</summary>
public static class RelativeTime
{
    /// <summary>«just now», «5 minutes ago», «in 2 hours», «yesterday 09:15», «in 3 days, 10:00», else the date, and of what is ahead the time.</summary>
    public static string Of(DateTimeOffset moment, DateTimeOffset now, DateView dates)
    {
        ArgumentNullException.ThrowIfNull(dates);
        var ago = now - moment;
        var minutes = (int)Math.Round(Math.Abs(ago.TotalMinutes));
        if (minutes < 1) return Texts.Get("just now");
        if (minutes < 60) return Texts.Get(ago > TimeSpan.Zero ? "{0} minutes ago" : "in {0} minutes", PersianText.Number(minutes));
        var days = dates.DayOf(now).DayNumber - dates.DayOf(moment).DayNumber;
        if (days == 0)
        {
            var hours = (int)Math.Round(minutes / 60d);
            return Texts.Get(ago > TimeSpan.Zero ? "{0} hours ago" : "in {0} hours", PersianText.Number(hours));
        }

        return days switch
        {
            1 => Texts.Get("yesterday {0}", dates.Clock(moment)),
            -1 => Texts.Get("tomorrow {0}", dates.Clock(moment)),
            > 1 and < 7 => Texts.Get("{0} days ago", PersianText.Number(days)),
            // What is ahead is planned by the clock; of what is long gone the day is enough.
            < -1 and > -7 => Texts.Get("in {0} days, {1}", PersianText.Number(-days), dates.Clock(moment)),
            < 0 => dates.DayAndTime(moment),
            _ => dates.Day(dates.DayOf(moment)),
        };
    }
}

/// <summary>Digits of the language in what stands inside: <c>&lt;digits&gt;@x.Number&lt;/digits&gt;</c>.</summary>
[HtmlTargetElement("digits")]
public sealed class DigitsTagHelper : TagHelper
{
    /// <inheritdoc/>
    public override async Task ProcessAsync(TagHelperContext context, TagHelperOutput output)
    {
        var inner = await output.GetChildContentAsync();
        output.TagName = null;
        // The content is text; Razor has encoded everything but ASCII letters and digits, whose entities hold digits of their own.
        output.Content.SetContent(PersianText.Digits(System.Net.WebUtility.HtmlDecode(inner.GetContent())));
    }
}

/// <summary>A telephone number as people read it, to call: <c>&lt;phone value="@x" /&gt;</c>.</summary>
[HtmlTargetElement("phone", TagStructure = TagStructure.NormalOrSelfClosing)]
public sealed class PhoneTagHelper : TagHelper
{
    /// <summary>The stored number.</summary>
    public string? Value { get; set; }

    /// <inheritdoc/>
    public override void Process(TagHelperContext context, TagHelperOutput output)
    {
        if (string.IsNullOrEmpty(Value))
        {
            output.SuppressOutput();
            return;
        }

        output.TagName = null;
        output.Content.SetHtmlContent(Show.Phone(Value));
    }
}

/// <summary>An amount of Rials: <c>&lt;money value="@x" /&gt;</c>.</summary>
[HtmlTargetElement("money", TagStructure = TagStructure.NormalOrSelfClosing)]
public sealed class MoneyTagHelper : TagHelper
{
    /// <summary>Rials.</summary>
    public long? Value { get; set; }

    /// <inheritdoc/>
    public override void Process(TagHelperContext context, TagHelperOutput output)
    {
        if (Value is not { } value)
        {
            output.SuppressOutput();
            return;
        }

        output.TagName = "span";
        output.TagMode = TagMode.StartTagAndEndTag;
        output.Attributes.SetAttribute("class", value < 0 ? "money text-danger" : "money");
        output.Content.SetHtmlContent(new Markup().Raw("<bdi>").Text(PersianText.Number(value)).Raw("</bdi> <small>").Text(Texts.Get("Rials")).Raw("</small>").Html());
    }
}
