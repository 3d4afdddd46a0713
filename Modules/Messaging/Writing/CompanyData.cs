namespace Crm.Messaging.Writing;

/// <summary>Our own company, as templates name it. Stored in the settings under <see cref="Key"/>.</summary>
internal sealed class CompanyData
{
    public const string Key = "messaging.company";

    public string? Name { get; set; }

    public string? Phone { get; set; }

    public string? Address { get; set; }

    public string? Website { get; set; }

    /// <summary>Address under which staff open this application, for links in messages: <c>https://crm.example.ir</c>.</summary>
    public string? BaseUrl { get; set; }
}
