using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Contacts.Features.AddContact;
using Crm.Core;
using Crm.Testing;

namespace Crm.Tests.Contacts;

/// <summary>Contacts as tests need them.</summary>
internal static class Given
{
    private static int s_line = 1_000_000;

    /// <summary>A mobile number nobody had before.</summary>
    public static string Mobile() => $"0935{Interlocked.Increment(ref s_line):0000000}";

    public static Task<Guid> PersonAsync(CrmApp app, string first, string last, string? phone = null, string? by = "sara", Func<AddContactCommand, AddContactCommand>? more = null)
    {
        // Whoever has the same number or national ID in another test is not asked about.
        var command = new AddContactCommand { Kind = ContactKind.Person, AllowKnownPhone = true, FirstName = first, LastName = last, Phones = [new PhoneFields { Number = phone ?? Mobile() }] };
        return app.SendAsync(more is null ? command : more(command), by);
    }

    public static Task<Guid> CompanyAsync(CrmApp app, string name, Func<AddContactCommand, AddContactCommand> more, string? by = "sara") =>
        app.SendAsync(more(new AddContactCommand { Kind = ContactKind.Company, CompanyName = name, Phones = [new PhoneFields { Number = Mobile() }] }), by);

    public static Task<Guid> CompanyAsync(CrmApp app, string name, string? by = "sara") =>
        app.SendAsync(new AddContactCommand { Kind = ContactKind.Company, CompanyName = name, Phones = [new PhoneFields { Number = Mobile() }] }, by);

    /// <summary>What the form of a contact is told while somebody types.</summary>
    public static async Task<string> AlikeAsync(Browse browse, string rule, string value, Guid? self = null)
    {
        await browse.OpenAsync("/contacts/new");
        var token = System.Text.RegularExpressions.Regex.Match(browse.Html, "name=\"__RequestVerificationToken\"[^>]*value=\"([^\"]+)\"").Groups[1].Value;
        using var typed = new FormUrlEncodedContent(new Dictionary<string, string> { ["rule"] = rule, ["value"] = value, ["kind"] = "Person", ["self"] = self?.ToString() ?? "", ["__RequestVerificationToken"] = token });
        using var answer = await browse.Client.PostAsync(new Uri("/contacts/alike", UriKind.Relative), typed);
        return System.Text.RegularExpressions.Regex.Unescape(await answer.Content.ReadAsStringAsync());
    }

    /// <summary>A sentence as the personas read it.</summary>
    public static string Fa(string english, params object?[] args) => Texts.In("fa", english, args);

    public static Guid Value(string list, int index = 0) => FirstLists.Id(list, index);
}
