using Crm.Contacts.Api;
using Crm.Contacts.Contracts;
using Crm.Contacts.Data;
using Crm.Contacts.Features.ContactProfile;
using Crm.Contacts.Shared;
using Crm.Core;
using Crm.Data;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Contacts;

internal sealed class ContactsModule : IModule
{
    public string Name => "Contacts";

    public void AddServices(IServiceCollection services, IConfiguration configuration)
    {
        services.AddModuleDb<ContactsDb>(ContactsDb.Schema);
        services.AddSingleton<BaseDataCache>();
        services.AddSingleton<PlacesCache>();
        services.AddSingleton<MapSettings>();
        services.AddScoped<ContactMap>();
        services.AddScoped<Features.MergeContacts.DuplicateFinder>();
        services.AddScoped<CommunicationReferences>();
        services.AddScoped<Records.ListValues>();
        services.AddScoped<Records.ListedContacts>();
        services.AddScoped<InOwnScope>();
        services.AddScoped<SeenCustom>();
        services.AddScoped<Features.ActivityReports.ActivityLines>();
        services.AddScoped<Activities.ExpertChoice>();
        services.AddScoped<CustomerFiles>();
        services.AddScoped<Features.ChangeContacts.ContactFieldChange>();
        services.AddScoped<CustomerPanels>();
        services.AddScoped<CustomerTimeline>();
        services.AddScoped<IContactDirectory, ContactDirectory>();
        services.AddScoped<IBaseDataDirectory, BaseDataDirectory>();
        services.AddScoped<IFollowUpDirectory, FollowUpDirectory>();
    }
}
