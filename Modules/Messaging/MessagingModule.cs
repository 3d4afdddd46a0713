using Crm.Core;
using Crm.Data;
using Crm.Messaging.Contracts;
using Crm.Messaging.Data;
using Crm.Messaging.Sending;
using Crm.Messaging.Templates;
using Crm.Messaging.Writing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Messaging;

internal sealed class MessagingModule : IModule
{
    public string Name => "Messaging";

    public void AddServices(IServiceCollection services, IConfiguration configuration)
    {
        services.AddModuleDb<MessagingDb>("messaging");
        services.AddScoped<ITemplateDirectory, TemplateDirectory>();
        services.AddScoped<ITemplatePreviews, TemplatePreviews>();
        services.AddScoped<IAllowedHosts, AllowedHosts>();
        services.AddScoped<MessageWriter>();
        services.AddScoped<Panels.MessagesOfContact>();
        services.AddSingleton<TemplateRenderer>();
        services.AddSingleton<GatewaySecrets>();
        services.AddSingleton<SealedTexts>();
        services.AddSingleton<Gateways>();
        services.AddSingleton<SenderLife>();
        services.AddSingleton<MessageQueue>();
        services.AddPump<MessagePump>();
    }
}
