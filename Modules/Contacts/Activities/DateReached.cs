using System.Globalization;
using System.Text.Json.Nodes;
using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Contacts.Records;
using Crm.Core;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Contacts.Activities;

internal sealed record DateReachedInput
{
    [Input("Date", UiHint = "dropdown", Options = "contact-dates", Required = true, Default = "birthday")]
    public string Field { get; set; } = "birthday";

    [Input("Days before", Description = "7 starts a week before the day, −3 three days after it.", Default = "0")]
    public int DaysBefore { get; set; }

    [Input("At what hour", Description = "0 to 23, in the company’s time.", Default = "9")]
    public int Hour { get; set; } = 9;

    [Input("Every year", Description = "Birthdays come again; the end of a contract does not.", UiHint = "checkbox", Default = "true")]
    public bool Yearly { get; set; } = true;

    [Input("By which calendar", Description = "In which the same day comes again.", Default = "Jalali")]
    public CalendarKind Calendar { get; set; } = CalendarKind.Jalali;

    [Input("Type", Description = "Empty for every type.", UiHint = "dropdown", Options = BaseLists.Type)]
    public string? ContactType { get; set; }
}

/// <summary>A date of a customer has come, or comes in so many days: birthday, marriage date, any date among the custom fields.</summary>
internal sealed class DateReachedTrigger : IDayTrigger
{
    private const int OldestPerson = 130;

    public string Type => Triggers.DateReached;

    public string Title => "Date reached";

    public string Description => "A birthday, the marriage date or another date of the customer has come.";

    public Type? InputType => typeof(DateReachedInput);

    // Nobody tells that a day has come: the calendar does.
    public bool Matches(JsonObject inputs, JsonObject payload) => TriggerMatch.Value(inputs, "field") is not { } field || TriggerMatch.Is(payload["field"], field);

    public int HourOf(JsonObject inputs) => Math.Clamp(Number(inputs, "hour", 9), 0, 23);

    [Crm.Data.BypassesSave("Asks a custom field by its key, for which EF has no words; reads only.")]
    public async Task<IReadOnlyList<(Guid ContactId, JsonObject Payload)>> OnAsync(JsonObject inputs, DateOnly day, Guid? after, int take, IServiceProvider services, CancellationToken ct)
    {
        var db = services.GetRequiredService<ContactsDb>();
        var field = TriggerMatch.Value(inputs, "field") ?? "birthday";
        var calendar = Enum.TryParse<CalendarKind>(TriggerMatch.Value(inputs, "calendar"), ignoreCase: true, out var kind) ? kind : CalendarKind.Jalali;
        var meant = day.AddDays(Math.Clamp(Number(inputs, "daysBefore", 0), -3660, 3660));
        DateOnly[] dates = Flag(inputs, "yearly", true) ? [.. SameDays(meant, calendar)] : [meant];

        IQueryable<Contact> contacts = db.Contacts;
        if (field.StartsWith("custom.", StringComparison.Ordinal))
        {
            // A moment begins with its day.
            var key = field["custom.".Length..];
            string[] texts = [.. dates.Select(d => d.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture))];
            contacts = db.Contacts.FromSql($"select *, xmin from contacts.contacts where left(custom ->> {key}, 10) = any({texts})");
        }

        contacts = contacts.AsNoTracking();
        if (TriggerMatch.Value(inputs, "contactType") is { } type && Guid.TryParse(type, out var typeId)) contacts = contacts.Where(c => c.TypeId == typeId);
        if (after is { } last) contacts = contacts.Where(c => c.Id > last);
        if (field == "birthday") contacts = contacts.Where(c => c.Birthday != null && dates.Contains(c.Birthday.Value));
        else if (field == "marriedOn") contacts = contacts.Where(c => c.MarriedOn != null && dates.Contains(c.MarriedOn.Value));
        else if (!field.StartsWith("custom.", StringComparison.Ordinal)) return [];

        var ids = await contacts.OrderBy(c => c.Id).Select(c => c.Id).Take(take).ToListAsync(ct);
        return [.. ids.Select(id => (id, new JsonObject { ["contactId"] = id, ["field"] = field, ["date"] = meant.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), ["on"] = day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) }))];
    }

    /// <summary>This day in all years before, and those of leap days that have no day of their own this year.</summary>
    internal static IEnumerable<DateOnly> SameDays(DateOnly day, CalendarKind calendar)
    {
        var (year, month, dayOfMonth) = Calendars.Parts(day, calendar);
        var lastOfMonth = Calendars.Parts(day.AddDays(1), calendar).Month != month;
        for (var back = 0; back <= OldestPerson; back++)
        {
            if (Calendars.Date(year - back, month, dayOfMonth, calendar) is not { } same) continue;
            yield return same;
            // 30 Esfand and 29 February are kept on the last day of the month where the year has none.
            for (var next = same.AddDays(1); lastOfMonth && Calendars.Parts(next, calendar).Month == month; next = next.AddDays(1)) yield return next;
        }
    }

    private static int Number(JsonObject inputs, string name, int missing) =>
        inputs.Named(name) is { } value && int.TryParse(PersianText.LatinDigits(value.ToString()).Replace('−', '-'), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : missing;

    private static bool Flag(JsonObject inputs, string name, bool missing) =>
        inputs.Named(name) is { } value && bool.TryParse(value.ToString(), out var flag) ? flag : missing;
}

/// <summary>Dates of a customer: the two of his own, and every date among the custom fields.</summary>
internal sealed class ContactDateOptions(ICustomFields custom) : IOptionSource
{
    public string Key => "contact-dates";

    public async Task<IReadOnlyList<(string Value, string Text)>> LoadAsync(CancellationToken ct) =>
    [
        ("birthday", Texts.Get("Birthday")), ("marriedOn", Texts.Get("Marriage date")),
        .. (await custom.OfAsync(ContactRecords.RecordKey, ct)).Where(f => f.Kind is FieldType.Date or FieldType.Moment).Select(f => ("custom." + f.Key, f.Title)),
    ];
}
