// Starts Swagger UI on the page /api. Calls that go out with the cookie carry the token of our forms, as every change does.
'use strict';
(() => {
  const csrf = document.querySelector('meta[name=csrf]').content;
  window.SwaggerUIBundle({
    url: '/openapi/v1.json',
    domNode: document.getElementById('api'),
    deepLinking: true,
    docExpansion: 'list',
    defaultModelsExpandDepth: 0,
    tryItOutEnabled: true,
    // The badge asks a server elsewhere whether the document is valid: nothing of ours goes there.
    validatorUrl: null,
    requestInterceptor: request => {
      const to = new URL(request.url, location.href);
      if (to.origin === location.origin) {
        request.headers['Accept-Language'] = document.documentElement.lang;
        if (!request.headers.Authorization) request.headers.RequestVerificationToken = csrf;
      }
      return request;
    },
  });
})();
